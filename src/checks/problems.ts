// What to tell a person when checks do not pass: what was seen, and the command that shows it again.
import type { Check } from '../config/schema/check.ts'
import { type Text, text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { words } from '../core/shell.ts'
import type { CheckResult } from '../engine/check-result.ts'
import { authority } from './context.ts'
import { belowRoot } from './findings.ts'
import type { CheckStep, IdentityStep } from './kinds.ts'

/** `blocking`: the results that hold the run up; empty when the step had no check at all. */
export function checksProblem(step: CheckStep, blocking: readonly CheckResult[]): Problem {
  const [first] = blocking
  const where = { step: step.id, ...(step.host === undefined ? {} : { host: step.host }) }
  if (!first) {
    return { code: 'STW-K003', what: text('No check was run', 'Keine Prüfung lief'), where }
  }
  const worst = blocking.find(result => result.verdict === 'fail') ?? first
  const names = blocking.map(result => `"${result.check}"`).join(', ')
  const failed = worst.verdict === 'fail'
  return {
    code: failed ? 'STW-K001' : 'STW-K002',
    what: failed
      ? text(
          `${plural(blocking, 'Check', 'Checks')} ${names} did not pass`,
          `${plural(blocking, 'Prüfung', 'Prüfungen')} ${names} nicht bestanden`,
        )
      : text(
          `${plural(blocking, 'Check', 'Checks')} ${names} could not tell`,
          `${plural(blocking, 'Prüfung', 'Prüfungen')} ${names} ohne Ergebnis`,
        ),
    where,
    why: joined(blocking),
    next: blocking.flatMap(result => repeatIt(step, result)),
    ...evidenceOf(worst),
  }
}

export function identityProblem(step: IdentityStep, result: CheckResult): Problem {
  const where = { step: step.id, ...(step.host === undefined ? {} : { host: step.host }) }
  if (result.verdict === 'fail') {
    return {
      code: 'STW-K004',
      what: text(
        'Another release answers than the one deployed',
        'Es antwortet ein anderes Release als das ausgelieferte',
      ),
      where,
      why: result.observed,
      next: [
        text(
          'See whether the old process or a cache still answers: a service that must restart, or a command under release.afterSwitch',
          'Prüfen, ob noch der alte Prozess oder ein Cache antwortet: ein Dienst, der neu starten muss, oder ein Befehl unter release.afterSwitch',
        ),
      ],
      ...evidenceOf(result),
    }
  }
  return {
    code: 'STW-K005',
    what: text(
      'It cannot be told which release answers',
      'Es ist nicht feststellbar, welches Release antwortet',
    ),
    where,
    why: result.observed,
    next: [
      text(
        'Let the app tell its release as verify.identity says; it finds the id in .stellwerk.json of its directory',
        'Die App ihr Release nennen lassen, wie verify.identity es sagt; die Kennung steht in .stellwerk.json ihres Verzeichnisses',
      ),
    ],
    ...evidenceOf(result),
  }
}

function plural(results: readonly CheckResult[], one: string, several: string): string {
  return results.length === 1 ? one : several
}

function joined(results: readonly CheckResult[]): Text {
  return text(
    results.map(result => result.observed.en).join('; '),
    results.map(result => result.observed.de).join('; '),
  )
}

function evidenceOf({ details }: CheckResult): Pick<Problem, 'evidence'> {
  const shown = details['body'] ?? details['error'] ?? details['output']
  return typeof shown === 'string' && shown.trim() !== '' ? { evidence: shown } : {}
}

/** The command a person pastes on the host (or here) to see the same with own eyes. References stay references. */
function repeatIt(step: CheckStep, { check: name, host }: CheckResult): readonly Text[] {
  const found = step.checks.find(one => one.name === name)?.check
  const command = found && commandFor(found, step)
  if (command === undefined) return []
  return [text(`${host ? `On ${host}` : 'Here'}: ${command}`, `${host ? `Auf ${host}` : 'Hier'}: ${command}`)]
}

function commandFor(check: Check, { address, root }: CheckStep): string | undefined {
  switch (check.kind) {
    case 'http': {
      if (check.method !== 'GET' || Object.keys(check.headers).length > 0) return undefined
      if (!check.url.startsWith('/')) return words('curl', '-i', check.url)
      return address && words('curl', '-i', `http://${authority(address)}${check.url}`)
    }
    case 'disk':
      return words('df', '-h', check.path ?? root ?? '/')
    case 'command':
      return check.command
    case 'tcp':
      return words('nc', '-vz', check.host, String(check.port))
    case 'port':
      return words('ss', '-ltnp', `sport = :${check.port}`)
    case 'gpu':
      return 'nvidia-smi'
    case 'memory':
      return 'free -m'
    case 'cpu':
      return 'uptime'
    case 'dns':
      return words('nslookup', `-type=${check.type.toLowerCase()}`, check.name)
    case 'file': {
      const path = belowRoot(check.path, root)
      return path && words('ls', '-ld', path)
    }
    case 'tls':
      return check.file === undefined
        ? words('openssl', 's_client', '-connect', check.address ?? '', '-showcerts')
        : words('openssl', 'x509', '-noout', '-text', '-in', check.file)
    default:
      return undefined
  }
}
