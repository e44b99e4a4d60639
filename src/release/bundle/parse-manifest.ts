// From the text of a manifest to a Manifest that can be believed: shape by schema, then names, links and totals by rule.
import { text } from '../../core/lang.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { manifestUnreadable } from './archive-problems.ts'
import { type Manifest, manifestSchema } from './manifest.ts'
import { manifestName } from './path-rules.ts'
import { structureFault } from './structure.ts'

/** Reads and checks a manifest; names the path that breaks a rule. */
export function parseManifest(json: string, source: string): Result<Manifest> {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    return err(manifestUnreadable(source, text('it is not JSON', 'sie ist kein JSON')))
  }
  const parsed = manifestSchema.safeParse(value)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const place = issue?.path.join('.') || manifestName
    return err(
      manifestUnreadable(source, text(`"${place}": ${issue?.message}`, `"${place}": ${issue?.message}`)),
    )
  }
  const fault = structureFault(parsed.data)
  return fault ? err(fault) : ok(parsed.data)
}
