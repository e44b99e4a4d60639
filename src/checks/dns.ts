// What a name leads to: from here by Node's own resolver, from a host by whichever tool it has.
import type { DnsCheck } from '../config/schema/check.ts'
import { formatDuration } from '../core/duration.ts'
import { type Text, text } from '../core/lang.ts'
import { quote, words } from '../core/shell.ts'
import { dnsByHand } from './by-hand-host.ts'
import { type Attempt, attempt, type CheckContext } from './context.ts'
import { withDeadline } from './deadline.ts'
import { type Said, seconds } from './host-script.ts'
import { stopped } from './http-failure.ts'
import type { Probe } from './probe.ts'

export const dnsProbe: Probe<DnsCheck> = {
  place: ({ from }) => (from === 'host' ? 'host' : 'program'),
  ofHost: ({ from }) => from === 'host',
  byHand: dnsByHand,
  describe: ({ name, type }) => text(`DNS ${type} ${name}`, `DNS ${type} ${name}`),
  script: { fragment: dnsFragment, judge: (check, said) => judgeDnsTool(check, said) },
  attempt: tryDns,
}

/** The server says that there is no such name, or no such record: an answer. */
const none: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA'])

async function tryDns(check: DnsCheck, context: CheckContext): Promise<Attempt> {
  const { Resolver } = await import('node:dns/promises')
  const resolver = new Resolver({ timeout: Math.max(500, Math.floor(check.timeout / 3)), tries: 2 })
  try {
    if (check.server !== undefined) resolver.setServers([check.server])
    const ended = await withDeadline(check.timeout, context, () => ask(resolver, check))
    if (ended.kind === 'aborted') return stopped()
    if (ended.kind === 'timeout') return silent(check)
    return judgeDns(check, ended.value)
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
    if (none.has(code)) return judgeDns(check, [])
    if (code === 'ETIMEOUT') return silent(check)
    return attempt(
      'unknown',
      text(`no answer about ${check.name} (${code})`, `keine Antwort zu ${check.name} (${code})`),
    )
  } finally {
    resolver.cancel()
  }
}

interface Asks {
  resolve4(name: string): Promise<string[]>
  resolve6(name: string): Promise<string[]>
  resolveCname(name: string): Promise<string[]>
  resolveMx(name: string): Promise<{ readonly exchange: string }[]>
  resolveTxt(name: string): Promise<string[][]>
}

async function ask(resolver: Asks, { name, type }: DnsCheck): Promise<readonly string[]> {
  switch (type) {
    case 'A':
      return resolver.resolve4(name)
    case 'AAAA':
      return resolver.resolve6(name)
    case 'CNAME':
      return resolver.resolveCname(name)
    case 'MX':
      return (await resolver.resolveMx(name)).map(({ exchange }) => exchange)
    case 'TXT':
      return (await resolver.resolveTxt(name)).map(parts => parts.join(''))
  }
}

function judgeDns(check: DnsCheck, answers: readonly string[]): Attempt {
  const { name, type } = check
  const shown = answers
    .slice(0, 8)
    .map(answer => answer.slice(0, 100))
    .join(', ')
  const seen: Text =
    answers.length === 0
      ? text(`${name} has no ${type} record`, `${name} hat keinen Eintrag ${type}`)
      : text(`${name} leads to ${shown}`, `${name} führt zu ${shown}`)
  const details = { answers: shown, count: answers.length }
  const has = new Set(answers.map(bare))
  const missing = (check.expect ?? []).filter(wanted => !has.has(bare(wanted)))
  if (missing.length === 0 && answers.length > 0) return attempt('pass', seen, details)
  const wanted = missing.join(', ') || type
  return attempt('fail', text(`${seen.en}, expected ${wanted}`, `${seen.de}, erwartet ${wanted}`), details)
}

/** Names are told apart by neither case nor the dot at their end; an address of IPv6 by its shortest form. */
function bare(answer: string): string {
  const name = answer.trim().toLowerCase().replace(/\.$/, '')
  if (!/^[0-9a-f:]+$/.test(name) || !name.includes(':')) return name
  return URL.canParse(`http://[${name}]/`) ? new URL(`http://[${name}]/`).hostname.slice(1, -1) : name
}

function silent({ name, timeout }: DnsCheck): Attempt {
  const time = formatDuration(timeout)
  return attempt(
    'unknown',
    text(`no answer about ${name} within ${time}`, `keine Antwort zu ${name} innerhalb von ${time}`),
  )
}

/** getent asks the way the host's own programs do, so it comes first where it can answer. */
function dnsFragment({ name, type, timeout }: DnsCheck): string {
  const limit = seconds(timeout)
  const database = type === 'A' ? 'ahostsv4' : 'ahostsv6'
  const getent =
    type === 'A' || type === 'AAAA'
      ? `if command -v getent >/dev/null 2>&1; then sw_say tool getent; sw_run ${limit} ${words('getent', database, name)}\nel`
      : ''
  return `LC_ALL=C; export LC_ALL
${getent}if command -v dig >/dev/null 2>&1; then sw_say tool dig; sw_run ${limit} ${words('dig', '+noall', '+comments', '+answer', '-t', type, '-q', name)}
elif command -v nslookup >/dev/null 2>&1; then sw_say tool nslookup; sw_run ${limit} ${words('nslookup', `-type=${type.toLowerCase()}`, name)}
else sw_say missing ${quote('getent, dig or nslookup')}; fi`
}

function judgeDnsTool(check: DnsCheck, { values }: Said): Attempt {
  const { exit, out = '', err = '', tool = '' } = values
  if (!exit) return silent(check)
  const answers = readers[tool]?.(check, out, exit, `${out}\n${err}`)
  if (answers !== undefined) return judgeDns(check, answers)
  const said = (err.trim() || out.trim()).split('\n').at(-1)?.slice(0, 200) ?? ''
  return attempt(
    'unknown',
    text(`no answer about ${check.name}: ${said}`, `keine Antwort zu ${check.name}: ${said}`),
  )
}

/** The answers, none, or undefined when the tool did not get one. */
type Reader = (check: DnsCheck, out: string, exit: string, all: string) => readonly string[] | undefined

const readers: Readonly<Record<string, Reader>> = {
  // It says "not found" alike for a name that does not exist and for a server that does not answer: no knowledge.
  getent: (check, out, exit) => {
    if (exit !== '0') return undefined
    const addresses = [...out.matchAll(/^(\S+)\s+STREAM/gm)].map(([, address = '']) => address)
    const fits = addresses.filter(address =>
      check.type === 'A' ? !address.includes(':') : !address.startsWith('::ffff:'),
    )
    return [...new Set(fits)]
  },
  dig: (check, out, exit) => {
    if (exit !== '0' || !/status: (NOERROR|NXDOMAIN)/.test(out)) return undefined
    const lines = [...out.matchAll(/^[^;\s]\S*\s+\d+\s+IN\s+(\S+)\s+(.+)$/gm)]
    return lines.filter(([, type]) => type === check.type).map(([, , data = '']) => recordValue(check, data))
  },
  nslookup: (check, out, _, all) => {
    const answers = nslookupAnswers(check, out)
    if (answers.length > 0) return answers
    return /NXDOMAIN|No answer|can't find [^:]+: (No answer|NXDOMAIN)/i.test(all) ? [] : undefined
  },
}

function recordValue({ type }: DnsCheck, data: string): string {
  if (type === 'MX') return data.split(/\s+/).at(-1) ?? ''
  if (type !== 'TXT') return data.trim()
  return [...data.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, part = '']) => part).join('')
}

function nslookupAnswers({ type, name }: DnsCheck, out: string): readonly string[] {
  const all = (pattern: RegExp) => [...out.matchAll(pattern)].map(match => match[1] ?? '')
  switch (type) {
    case 'A':
    case 'AAAA': {
      // The server's own address stands first, before any name.
      const at = out.search(/^Name:\s/m)
      const addresses =
        at < 0 ? [] : [...out.slice(at).matchAll(/^Address(?: \d+)?:\s+(\S+)/gm)].map(match => match[1] ?? '')
      return addresses.filter(address => address.includes(':') === (type === 'AAAA'))
    }
    case 'CNAME':
      return all(/canonical name = (\S+)/g)
    case 'MX':
      return all(/mail exchanger = (?:\d+ )?(\S+)/g)
    case 'TXT':
      return out.includes(name) ? all(/text = "(.*)"$/gm) : []
  }
}
