// The site of the service book on this machine: nginx with TLS, a mail server, a name server, and a remote that knows the tags.
// What a machine lacks leaves a box of the checklist open; nothing is pretended.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { freePort } from '../../examples/serviceheft/scripts/servers.ts'
import { openServiceheft } from '../../examples/serviceheft/variants/story.ts'
import { serviceheft } from '../../examples/serviceheft/variants/variants.ts'
import { commitVariant, type Setting } from '../../examples/variants.ts'
import type { Text } from '../../src/core/lang.ts'
import { quote } from '../../src/core/shell.ts'
import { type Dnsmasq, startDnsmasq } from '../../test/rigs/dnsmasq.ts'

const name = 'serviceheft.test'
const program = join(import.meta.dirname, '../../bin/stellwerk.js')
const local = ['environments', 'local']
/** Variant -> tag of the release candidate, as the guide names one. */
const candidates = {
  v1: 'rc-2026-03-01',
  v2: 'rc-2026-03-08',
  'qr-always-200': 'rc-2026-03-15',
} as const
export type Candidate = keyof typeof candidates

export interface ServiceheftPlace {
  readonly about: Text
  readonly repository: string
  readonly root: string
  readonly url: string
  /** `git checkout` of the release candidate, as in the guide. Returns its tag. */
  readonly checkOut: (variant: Candidate) => string
  /** Subjects of the mails about runs, oldest first. */
  readonly mails: () => readonly string[]
  /** A person asks for a code, reads the mail and signs in: the role, or what went wrong. */
  readonly signIn: () => Promise<string>
  /** Ends what would keep this process alive; the site and the app go on. */
  readonly leave: () => Promise<void>
}

interface Options {
  readonly directory: string
  /** What it keeps running must outlive this process: no mail server of its own. */
  readonly kept: boolean
}

export async function openServiceheftPlace(
  { directory, kept }: Options,
  undo: AsyncDisposableStack,
): Promise<ServiceheftPlace> {
  const dns = isInstalled('dnsmasq')
    ? undo.use(await startDnsmasq([`--host-record=${name},127.0.0.1`]))
    : undefined
  const [port, certificate] = [await freePort(), makeCertificate(directory)]
  const story = await openServiceheft(directory, {
    template: withTls(port, certificate),
    variables: kept ? { LTC_MAILER_MODE: 'file' } : {},
    settings: settings(directory, { port, dns, kept }),
  })
  undo.use(story)
  for (const variant of ['v2', 'qr-always-200'] as const)
    commitVariant(serviceheft, story.repository, variant)
  tagCandidates(story.repository)
  publish(story.repository, join(directory, 'origin.git'))
  const subjects = () =>
    story.mail.messages.flatMap(message => {
      const subject = /^Subject: (.*(?:\n[ \t].*)*)/m.exec(message)?.[1]
      return subject === undefined ? [] : decodeWords(subject)
    })
  return {
    repository: story.repository,
    root: story.root,
    url: story.site.url,
    checkOut: variant => {
      git(story.repository, 'checkout', '--quiet', candidates[variant])
      return candidates[variant]
    },
    mails: subjects,
    leave: async () => {
      await story.mail[Symbol.asyncDispose]()
      await dns?.[Symbol.asyncDispose]()
    },
    signIn: () => signIn(story.site.url, address => story.mail.next(address)),
    about: {
      en: `nginx with TLS · mail server · ${dns ? 'name server' : 'no name server: dnsmasq is missing'} · ${browserWords().en}`,
      de: `nginx mit TLS · Mailserver · ${dns ? 'Nameserver' : 'kein Nameserver: dnsmasq fehlt'} · ${browserWords().de}`,
    },
  }
}

/** What production has in its `override`, for this machine. */
interface Around {
  readonly port: number
  readonly dns: Dnsmasq | undefined
  readonly kept: boolean
}

function settings(directory: string, { port, dns, kept }: Around): readonly Setting[] {
  const server = `127.0.0.1:${dns?.port ?? 53}`
  const backupCheck = `${quote(process.execPath)} ${quote(program)} backup check local`
  return [
    // As in the document: the tests too.
    {
      path: ['build', 'test'],
      value: ['npm run coverage', 'npm run changelog', 'npm prune --omit=dev --no-audit --no-fund'],
    },
    // Read where the app reads it, so that every command finds it, also when the demo is kept.
    {
      path: ['secrets', 'LTC_PROBE_TOKEN'],
      value: { command: `sed -n s/^LTC_PROBE_TOKEN=//p ${quote(join(directory, 'server/shared/.env'))}` },
    },
    {
      path: [...local, 'override', 'checks'],
      value: {
        'backup-proven': { command: backupCheck },
        certificate: { kind: 'tls', address: `127.0.0.1:${port}`, name, minDays: 21 },
        domain: {
          kind: 'dns',
          name,
          type: 'A',
          expect: ['127.0.0.1'],
          server,
          ...(dns && !kept ? {} : { level: 'warn' }),
        },
        clock: { kind: 'clock' },
      },
    },
    {
      path: [...local, 'override', 'gates'],
      value: [
        ...['disk', 'memory', 'settings', 'secret-key', 'secrets-documented', 'data'],
        ...['certificate', 'domain', 'clock', 'tag-pushed', 'backup-proven'],
      ],
    },
    ...['monitoring', 'error-reports'].map(id => ({
      path: ['signOffs', id, 'environments'],
      value: ['production', 'local'],
    })),
    // Without a browser its checks say so, and the deploy goes on: the box stays open.
    ...(hasBrowser()
      ? []
      : ['entry', 'auth-page', 'admin-page'].map(check => ({
          path: ['checks', check, 'level'],
          value: 'warn',
        }))),
  ]
}

/** A root that only the commands of this demo trust, and a certificate for the name. */
function makeCertificate(directory: string) {
  const tls = join(directory, 'tls')
  mkdirSync(tls)
  const made = { certificate: join(tls, 'site.crt'), key: join(tls, 'site.key') }
  const words = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '90',
  ]
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`]
  execFileSync('openssl', [...words, ...subject, '-keyout', made.key, '-out', made.certificate], {
    stdio: 'pipe',
  })
  // Beside what this machine trusts already: npm may need that to reach its registry.
  const known = process.env['NODE_EXTRA_CA_CERTS']
  const roots = [made.certificate, ...(known === undefined ? [] : [known])]
  const trusted = join(tls, 'roots.crt')
  writeFileSync(trusted, roots.map(file => readFileSync(file, 'utf8')).join('\n'))
  process.env['NODE_EXTRA_CA_CERTS'] = trusted
  return made
}

function withTls(port: number, { certificate, key }: ReturnType<typeof makeCertificate>): string {
  const template = readFileSync(join(serviceheft.directory, 'deploy/nginx.conf'), 'utf8')
  const plain = '  listen {{listen}};\n'
  if (!template.includes(plain)) throw new Error('deploy/nginx.conf listens in another way')
  const lines = [
    `listen 127.0.0.1:${port} ssl;`,
    `ssl_certificate ${certificate};`,
    `ssl_certificate_key ${key};`,
  ]
  return template.replace(plain, plain + lines.map(line => `  ${line}\n`).join(''))
}

function git(repository: string, ...words: readonly string[]): void {
  execFileSync('git', words, { cwd: repository, stdio: 'pipe' })
}

/** As the guide names them. */
function tagCandidates(repository: string): void {
  for (const [release, candidate] of Object.entries(candidates)) git(repository, 'tag', candidate, release)
}

function publish(repository: string, origin: string): void {
  git(repository, 'init', '--quiet', '--bare', origin)
  git(repository, 'remote', 'add', 'origin', origin)
  git(repository, 'push', '--quiet', '--tags', 'origin', 'main')
}

/** Words of a header with letters beyond ASCII (RFC 2047, Q). */
function decodeWords(subject: string): string {
  const joined = subject.replaceAll(/\?=\s+=\?/g, '?==?').replaceAll(/\n\s/g, ' ')
  return joined.replaceAll(/=\?UTF-8\?Q\?(.*?)\?=/gi, (_, word: string) => {
    const bytes = word
      .replaceAll('_', ' ')
      .replaceAll(/=([0-9A-F]{2})/g, (__, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    return Buffer.from(bytes, 'latin1').toString('utf8')
  })
}

async function signIn(url: string, next: (address: string) => Promise<string>): Promise<string> {
  const email = 'otto@serviceheft.example'
  const post = async (path: string, body: unknown) => {
    const answer = await fetch(`${url}/api${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(5_000),
    })
    return (await answer.json()) as Readonly<Record<string, string>>
  }
  try {
    const { challenge_id } = await post('/auth/request', { email })
    const code = /Ihr Code: (\d{6})/.exec(await next(email))?.[1]
    const { access_token } = await post('/auth/verify', { challenge_id, code })
    const headers = { Authorization: `Bearer ${access_token}` }
    const me = await fetch(`${url}/api/auth/me`, { headers, signal: AbortSignal.timeout(5_000) })
    return String(((await me.json()) as Readonly<Record<string, string>>)['role'])
  } catch (error) {
    return String(error)
  }
}

function browserWords(): Text {
  return hasBrowser() ? { en: 'Chromium', de: 'Chromium' } : { en: 'no Chromium', de: 'kein Chromium' }
}

function hasBrowser(): boolean {
  return ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'].some(isInstalled)
}

function isInstalled(file: string): boolean {
  const places = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin']
  return places.some(place => existsSync(join(place, file)))
}
