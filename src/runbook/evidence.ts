// What a signature must bring along. Fail closed: what cannot be read is no evidence.
import { match } from '../checks/matcher.ts'
import { matcher } from '../config/schema/matcher.ts'
import { text } from '../core/lang.ts'
import { oneLine } from '../core/one-line.ts'
import type { Problem } from '../core/problem.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { AskedSignOff, Signature } from './waiting.ts'

export type Evidence = Pick<Signature, 'evidence' | 'sha256' | 'bytes'>

export interface Given {
  readonly evidence?: string | undefined
  readonly file?: { readonly name: string; readonly sha256: string; readonly bytes: number } | undefined
}

const words = {
  none: text('nothing', 'nichts'),
  text: text('a text: --evidence "<what was seen>"', 'einen Text: --evidence "<was zu sehen war>"'),
  number: text('a number: --evidence <number>', 'eine Zahl: --evidence <Zahl>'),
  file: text('a file: --file <path>', 'eine Datei: --file <Pfad>'),
}

/** Every command reads all that was signed: more than this belongs into a file. */
const mostCharacters = 2000

/** `redact` is applied to everything that people typed before it is kept or shown. */
export function evidenceFor(
  asked: AskedSignOff,
  given: Given,
  redact: (input: string) => string,
): Result<Evidence> {
  const kept = given.evidence === undefined ? undefined : oneLine(redact(given.evidence))
  const long = kept === undefined ? undefined : tooLong(asked.title, kept)
  if (long) return err({ ...long, next: [text('--file <path>', '--file <Pfad>')] })
  if (asked.evidence === 'file') {
    if (!given.file || given.file.bytes === 0) return err(missing(asked))
    return ok({
      evidence: oneLine(redact(given.file.name)),
      sha256: given.file.sha256,
      bytes: given.file.bytes,
    })
  }
  const extra = given.file
    ? { evidence: oneLine(redact(given.file.name)), sha256: given.file.sha256, bytes: given.file.bytes }
    : {}
  if (asked.evidence === 'none') return ok({ ...extra, ...(kept ? { evidence: kept } : {}) })
  if (kept === undefined || kept === '') return err(missing(asked))
  if (asked.evidence === 'number' && !/^[+-]?\d+(\.\d+)?$/.test(kept)) return err(missing(asked))
  const wrong = mismatch(asked, asked.evidence === 'number' ? Number(kept) : kept, redact)
  return wrong ? err(wrong) : ok({ ...extra, evidence: kept })
}

function mismatch(
  asked: AskedSignOff,
  value: string | number,
  redact: (input: string) => string,
): Problem | undefined {
  if (asked.matcher === undefined) return undefined
  const rule = matcher.safeParse(asked.matcher)
  const name = text(asked.id, asked.id)
  const why = rule.success
    ? match(name, value, rule.data, { source: typeof value === 'number' ? 'json' : 'text', redact })
    : text('its matcher cannot be read', 'sein matcher ist nicht lesbar')
  if (!why) return undefined
  return {
    code: 'STW-O804',
    what: text(
      `This evidence is not good enough for ${asked.title}`,
      `Dieser Nachweis genügt nicht für ${asked.title}`,
    ),
    why,
    next: [
      text(
        'Mend it, or refuse the release: stellwerk sign-off <environment> --reject --reason "<why>"',
        'Beheben oder das Release ablehnen: stellwerk sign-off <Umgebung> --reject --reason "<warum>"',
      ),
    ],
  }
}

export function tooLong(title: string, { length }: string): Problem | undefined {
  if (length <= mostCharacters) return undefined
  return {
    code: 'STW-O804',
    what: text(`This evidence is too long for ${title}`, `Dieser Nachweis ist zu lang für ${title}`),
    why: text(
      `it has ${length} characters, at most ${mostCharacters} are kept`,
      `er hat ${length} Zeichen, höchstens ${mostCharacters} werden bewahrt`,
    ),
  }
}

function missing(asked: AskedSignOff): Problem {
  return {
    code: 'STW-O803',
    what: text(`${asked.title} needs evidence`, `${asked.title} braucht einen Nachweis`),
    why: text(`it asks for ${words[asked.evidence].en}`, `verlangt wird ${words[asked.evidence].de}`),
  }
}
