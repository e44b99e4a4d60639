// What several rules of one check came to, in one sentence.
import type { JsonObject } from '../core/json.ts'
import { type Text, text } from '../core/lang.ts'
import { type Attempt, attempt } from './context.ts'

export function joinTexts(parts: readonly Text[], en: string, de: string): Text {
  return text(parts.map(part => part.en).join(en), parts.map(part => part.de).join(de))
}

/** `<what was seen>, expected <what was not>`; a pass when nothing is missing. */
export function judged(seen: Text, missing: readonly Text[], details: JsonObject = {}): Attempt {
  if (missing.length === 0) return attempt('pass', seen, details)
  const wanted = joinTexts(missing, ' and ', ' und ')
  return attempt(
    'fail',
    text(`${seen.en}, expected ${wanted.en}`, `${seen.de}, erwartet ${wanted.de}`),
    details,
  )
}

/** A tool answered something that nobody can read. */
export function unreadable(tool: string, output: string): Attempt {
  const said = JSON.stringify(output.trim().slice(0, 200))
  return attempt(
    'unknown',
    text(`${tool} said nothing that can be read: ${said}`, `${tool} sagte nichts Lesbares: ${said}`),
  )
}

export function atLeast(value: string): Text {
  return text(`at least ${value}`, `mindestens ${value}`)
}

export function atMost(value: string): Text {
  return text(`at most ${value}`, `höchstens ${value}`)
}

/** A path as the user wrote it: below the root of the app, or absolute. Undefined: there is no root to start from. */
export function belowRoot(path: string, root: string | undefined): string | undefined {
  if (path.startsWith('/')) return path
  return root === undefined ? undefined : `${root}/${path}`
}
