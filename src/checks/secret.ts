// How good a secret is. Its value is looked at here, in memory: what is told is a length, a strength, a mode, a day, a place.
import type { SecretCheck } from '../config/schema/check.ts'
import { formatDuration } from '../core/duration.ts'
import { type Text, text } from '../core/lang.ts'
import { quote } from '../core/shell.ts'
import { type Verdict, worst } from '../core/verdict.ts'
import { askOnce } from './ask-once.ts'
import { secretByHand } from './by-hand-host.ts'
import { type Attempt, attempt, type CheckContext } from './context.ts'
import { withDeadline } from './deadline.ts'
import { parseDotenv } from './dotenv.ts'
import { isUndecided, noText, textFragment } from './env.ts'
import { joinTexts } from './findings.ts'
import { stopped } from './http-failure.ts'
import type { Probe } from './probe.ts'
import { References } from './references.ts'
import { scanRepository } from './repository.ts'
import { strengthOf } from './strength.ts'

export const secretProbe: Probe<SecretCheck> = {
  place: () => 'program',
  ofHost: ({ file }) => file !== undefined,
  byHand: secretByHand,
  describe: check => text(`secret ${nameOf(check)}`, `Geheimnis ${nameOf(check)}`),
  attempt: trySecret,
}

function nameOf({ secret, file, variable }: SecretCheck): string {
  return secret ?? (variable === undefined ? (file ?? '') : `${variable} of ${file}`)
}

async function trySecret(check: SecretCheck, context: CheckContext): Promise<Attempt> {
  const references = new References(context)
  const ended = await withDeadline(check.timeout, context, signal =>
    look(check, { ...context, signal }, references),
  )
  if (ended.kind === 'aborted') return stopped()
  if (ended.kind === 'timeout') {
    const time = formatDuration(check.timeout)
    return attempt('unknown', text(`no answer within ${time}`, `keine Antwort innerhalb von ${time}`))
  }
  return references.cleaned(ended.value)
}

interface Held {
  readonly value: string
  /** Of the file it lies in, where it lies in one. */
  readonly mode?: number
  readonly changedAt?: number
}

async function look(check: SecretCheck, context: CheckContext, references: References): Promise<Attempt> {
  const held = await (check.secret === undefined
    ? fromHost(check, context, references)
    : fromHere(check, check.secret, context))
  if ('verdict' in held) return held
  references.hide(held.value)
  const parts = [...quality(check, held), ...age(check, held, context.clock.now())]
  if (check.notInRepository) parts.push(await inRepository(check, held.value, context))
  const bad = parts.filter(part => part.verdict !== 'pass')
  const [length, bits] = [held.value.length, strengthOf(held.value)]
  const details = { length, bits }
  if (bad.length > 0)
    return attempt(
      worstOf(bad),
      joinTexts(
        bad.map(part => part.said),
        '; ',
        '; ',
      ),
      details,
    )
  return attempt(
    'pass',
    joinTexts(
      [
        text(`${length} characters, ${bits} bits`, `${length} Zeichen, ${bits} Bit`),
        ...parts.map(part => part.said),
      ],
      ', ',
      ', ',
    ),
    details,
  )
}

interface Part {
  readonly verdict: Verdict
  readonly said: Text
}

function worstOf(parts: readonly Part[]): Verdict {
  return parts.some(part => part.verdict === 'fail') ? 'fail' : worst(parts.map(part => part.verdict))
}

async function fromHere(check: SecretCheck, name: string, context: CheckContext): Promise<Held | Attempt> {
  const value = context.secret(name)
  if (value === undefined) return attempt('unknown', text(`no value for ${name}`, `kein Wert für ${name}`))
  const file = check.given?.file
  if (file === undefined || context.here === undefined) return { value }
  const said = await askOnce(
    context.here,
    `stat -L -c '%a %Y' ${quote(file)} | sw_tell stat`,
    limits(check, context),
  )
  return { value, ...statOf(said?.values['stat']) }
}

function limits({ timeout }: SecretCheck, { signal }: CheckContext) {
  return { timeout, signal }
}

async function fromHost(
  check: SecretCheck,
  context: CheckContext,
  references: References,
): Promise<Held | Attempt> {
  const { host, root } = context
  const file = check.file ?? ''
  if (host === undefined)
    return attempt(
      'unknown',
      text('there is no host to ask', 'es gibt keinen Host, der gefragt werden könnte'),
    )
  const said = await askOnce(host, textFragment(file, root), limits(check, context))
  if (said === undefined)
    return attempt('unknown', text(`${host.name} did not answer`, `${host.name} antwortete nicht`))
  const none = noText(file, said)
  if (none !== undefined) return none
  const content = said.values['text'] ?? ''
  const { variable } = check
  if (variable === undefined) return { value: content.trim(), ...statOf(said.values['stat']) }
  const { variables } = parseDotenv(content)
  for (const value of variables.values()) references.hide(value)
  const value = variables.get(variable)
  return value === undefined
    ? attempt('fail', text(`${variable} is not set in ${file}`, `${variable} ist in ${file} nicht gesetzt`))
    : { value, ...statOf(said.values['stat']) }
}

function statOf(output: string | undefined): { readonly mode?: number; readonly changedAt?: number } {
  const match = /^([0-7]+) (\d+)$/.exec((output ?? '').trim())
  return match === null
    ? {}
    : { mode: Number.parseInt(match[1] ?? '', 8) & 0o777, changedAt: Number(match[2]) * 1000 }
}

function quality(check: SecretCheck, { value, mode }: Held): Part[] {
  const fail = (en: string, de: string): Part => ({ verdict: 'fail', said: text(en, de) })
  const bits = strengthOf(value)
  const { minLength, minEntropy } = check
  const fromFile = check.file !== undefined || check.given?.file !== undefined
  return [
    ...(value === '' ? [fail('it is empty', 'es ist leer')] : []),
    ...(isUndecided(value) ? [fail('it is still a placeholder', 'es ist noch ein Platzhalter')] : []),
    ...(minLength !== undefined && value.length < minLength
      ? [
          fail(
            `${value.length} characters, expected at least ${minLength}`,
            `${value.length} Zeichen, erwartet mindestens ${minLength}`,
          ),
        ]
      : []),
    ...(minEntropy !== undefined && bits < minEntropy
      ? [
          fail(
            `${bits} bits, expected at least ${minEntropy}`,
            `${bits} Bit, erwartet mindestens ${minEntropy}`,
          ),
        ]
      : []),
    ...(check.ownerOnly && fromFile ? [ownerOnly(mode)] : []),
  ]
}

function ownerOnly(mode: number | undefined): Part {
  if (mode === undefined)
    return {
      verdict: 'unknown',
      said: text(
        'nobody can tell who may read its file',
        'wer seine Datei lesen darf, ist nicht festzustellen',
      ),
    }
  const shown = mode.toString(8).padStart(4, '0')
  return (mode & 0o077) === 0
    ? { verdict: 'pass', said: text(`mode ${shown}`, `Modus ${shown}`) }
    : {
        verdict: 'fail',
        said: text(
          `others may read its file (mode ${shown}), expected at most 0600`,
          `andere dürfen seine Datei lesen (Modus ${shown}), erwartet höchstens 0600`,
        ),
      }
}

const day = 86_400_000

function age({ maxAge, rotated }: SecretCheck, { changedAt }: Held, now: Date): Part[] {
  if (maxAge === undefined) return []
  const since = rotated === undefined ? changedAt : Date.parse(`${rotated}T00:00:00Z`)
  if (since === undefined) {
    return [
      {
        verdict: 'unknown',
        said: text(
          'nothing tells how old it is: write the day into rotated',
          'nichts sagt, wie alt es ist: den Tag in rotated eintragen',
        ),
      },
    ]
  }
  // A clock that was wrong, or a day that was mistyped. Half a day is another time zone.
  if (since - now.getTime() > day / 2) {
    return [
      {
        verdict: 'unknown',
        said: text(
          'nothing tells how old it is: its day lies in the future',
          'nichts sagt, wie alt es ist: sein Tag liegt in der Zukunft',
        ),
      },
    ]
  }
  const days = Math.max(0, Math.floor((now.getTime() - since) / day))
  const overdue = Math.ceil((now.getTime() - since - maxAge) / day)
  const most = Math.round(maxAge / day)
  return [
    overdue > 0
      ? {
          verdict: 'fail',
          said: text(
            `${days} days old, expected at most ${most}: ${overdue} days overdue`,
            `${days} Tage alt, erwartet höchstens ${most}: seit ${overdue} Tagen überfällig`,
          ),
        }
      : { verdict: 'pass', said: text(`${days} days old`, `${days} Tage alt`) },
  ]
}

async function inRepository(check: SecretCheck, value: string, context: CheckContext): Promise<Part> {
  const { directory, here, signal } = context
  const unknown = (en: string, de: string): Part => ({ verdict: 'unknown', said: text(en, de) })
  const noGit = unknown('git tracks nothing around stellwerk.yaml', 'git führt nichts rund um stellwerk.yaml')
  if (directory === undefined || here === undefined) return noGit
  if (value.length < 6)
    return unknown('it is too short to be looked for', 'es ist zu kurz, um danach zu suchen')
  const built = check.given?.built ?? []
  const found = await scanRepository({
    directory,
    here,
    value,
    built,
    ignore: check.ignore,
    timeout: check.timeout,
    signal,
  })
  switch (found.kind) {
    case 'no-git':
      return noGit
    case 'unread':
      return unknown(`${found.path} cannot be looked at`, `${found.path} kann nicht angesehen werden`)
    case 'scanned': {
      const { places, files } = found
      if (places.length === 0)
        return {
          verdict: 'pass',
          said: text(`not in ${files} files of the repository`, `nicht in ${files} Dateien des Repositorys`),
        }
      const more = places.length > 5 ? ` (+${places.length - 5})` : ''
      const list = `${places.slice(0, 5).join(', ')}${more}`
      return { verdict: 'fail', said: text(`in the repository: ${list}`, `im Repository: ${list}`) }
    }
  }
}
