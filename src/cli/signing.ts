// What a signature is made of, and how it reaches every host that waits.
import { type Text, text } from '../core/lang.ts'
import { oneLine } from '../core/one-line.ts'
import type { Problem } from '../core/problem.ts'
import { err, ok, type Result } from '../core/result.ts'
import { quote } from '../core/shell.ts'
import { inParallel } from '../engine/parallel.ts'
import { evidenceFor, type Given } from '../runbook/evidence.ts'
import { person } from '../runbook/judge.ts'
import { samePerson } from '../runbook/problems.ts'
import { signScript } from '../runbook/record.ts'
import {
  type AskedSignOff,
  joinPeople,
  type PeopleFacts,
  parsePeople,
  peopleScript,
  type Signature,
} from '../runbook/waiting.ts'
import { ask } from './ask.ts'
import { type Context, textFlag } from './context.ts'
import type { Session } from './session.ts'
import { cleaner } from './typed.ts'

/** Who signs, cleaned of secrets like everything that people type. */
export function signer(context: Context, session: Session): Pick<Signature, 'v' | 'by' | 'at' | 'machine'> {
  const { self, clock } = context.wiring
  const redact = cleaner(session.config)
  const by = oneLine(redact(textFlag(context, 'by') ?? self.by)).slice(0, 200)
  return { v: 1, by: by === '' ? self.by : by, at: clock.now().toISOString(), machine: self.machine }
}

/** `signed`: by whom it is signed already. */
export async function signatureFor(
  context: Context,
  session: Session,
  asked: AskedSignOff,
  signed: readonly Signature[],
): Promise<Result<Signature>> {
  const who = signer(context, session)
  if (signed.some(({ by }) => person(by) === person(who.by))) return err(samePerson(asked.title, who.by))
  const file = await fileGiven(context)
  if (!file.ok) return file
  const given = { evidence: textFlag(context, 'evidence'), file: file.value }
  const evidence = evidenceFor(asked, given, cleaner(session.config))
  if (!evidence.ok) return evidence
  return ok({ ...who, type: 'sign', id: asked.id, role: asked.role, ...evidence.value })
}

// Hashed by the machine itself, byte by byte; of its content nothing is kept.
async function fileGiven(context: Context): Promise<Result<Given['file']>> {
  const path = textFlag(context, 'file')
  if (path === undefined) return ok(undefined)
  const { here, cwd } = context.wiring
  const file = quote(path.startsWith('/') ? path : `${cwd}/${path}`)
  const answer = await here.run(`sha256sum <${file} && wc -c <${file}\n`, { timeout: 600_000 })
  const [sum = '', bytes = ''] = answer.stdout.split('\n')
  const sha256 = /^[0-9a-f]{64}/.exec(sum)?.[0]
  if (answer.ending.kind === 'exit' && answer.ending.code === 0 && sha256 !== undefined)
    return ok({ name: path.split('/').at(-1) ?? path, sha256, bytes: Number(bytes) })
  return err({
    code: 'STW-O812',
    what: text(`"${path}" cannot be read`, `„${path}“ ist nicht lesbar`),
    where: { file: path },
  })
}

/** On every host that waits, so that each of them can tell. What is read back is what counts. */
export async function recordSignature(
  session: Session,
  run: string,
  signature: Signature,
): Promise<Result<PeopleFacts['waiting'][number], readonly Problem[]>> {
  const { config } = session
  const problems: Problem[] = []
  const found = await inParallel(config.hosts, config.environment.parallel, async host => {
    const { root } = host
    const answer = await ask(
      session,
      host,
      `${signScript(root, run, signature)}${peopleScript(root)}exit 0\n`,
    )
    if (answer.ok) return [parsePeople(answer.value)]
    problems.push(answer.error)
    return []
  })
  if (problems.length > 0) return err(problems)
  const waits = joinPeople(found.flat()).waiting.find(({ asked }) => asked.run === run)
  return waits ? ok(waits) : err([waitsNoMore(config.environment.name, run)])
}

export function waitsNoMore(environment: string, run: string): Problem {
  return {
    code: 'STW-O808',
    what: text(
      'The run waits no more: somebody has ended it meanwhile',
      'Der Lauf wartet nicht mehr: jemand hat ihn inzwischen beendet',
    ),
    where: { run },
    next: [same(`stellwerk status ${environment}`)],
  }
}

/** The version that a signature before a deploy is for. */
export async function versionGiven(
  context: Context,
  session: Session,
  id: string,
): Promise<Result<{ readonly version: string; readonly digest?: string }>> {
  const file = textFlag(context, 'bundle')
  const version = oneLine(textFlag(context, 'version') ?? '')
  if (file !== undefined) {
    const bundle = await context.wiring.openBundle(file, session.config.release.trust)
    return bundle.ok ? ok({ version: bundle.value.manifest.version, digest: bundle.value.digest }) : bundle
  }
  if (version !== '') return ok({ version })
  const command = `stellwerk sign-off ${session.config.environment.name} ${id}`
  return err({
    code: 'STW-O811',
    what: text(
      `"${id}" is signed before a deploy, for one version`,
      `„${id}“ wird vor einem Deploy unterschrieben, für eine Version`,
    ),
    next: [
      text(`${command} --version <version>`, `${command} --version <Version>`),
      text(`${command} --bundle <file>`, `${command} --bundle <Datei>`),
    ],
  })
}

export function same(words: string): Text {
  return text(words, words)
}
