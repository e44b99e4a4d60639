// What a release knows about itself: `<release>/.stellwerk.json`, written whole by temporary file and rename.
import { z } from 'zod'

/** staged: unpacked and verified. ready: linked, probed, prepared. live: users get it, not yet proven. proven: identity,
 *  health and smoke passed. failed: never reached proven; kept as evidence. undone: was proven and then rolled back from. */
export const releaseState = z.enum(['staged', 'ready', 'live', 'proven', 'failed', 'undone'])
export type ReleaseState = z.infer<typeof releaseState>

export const releaseRecord = z.object({
  schema: z.literal('stellwerk.release/1'),
  id: z.string(),
  app: z.string(),
  environment: z.string(),
  version: z.string(),
  gitSha: z.string(),
  dirty: z.boolean(),
  /** Content identity of the bundle. */
  digest: z.string(),
  bytes: z.number(),
  files: z.number(),
  by: z.string(),
  notes: z.string(),
  state: releaseState,
  /** ISO 8601, UTC; of the last change of state. */
  stateAt: z.string(),
  /** First time it became proven; kept when it is rolled back from later. */
  provenAt: z.string().optional(),
  /** Run that made the last change of state. */
  run: z.string(),
  /** The backup set that was made before this release migrated the databases. */
  backup: z.string().optional(),
  /** Shared paths that are links in this release. */
  shared: z.array(z.string()),
})
export type ReleaseRecord = z.infer<typeof releaseRecord>

export function parseRecord(content: string): ReleaseRecord | undefined {
  try {
    return releaseRecord.safeParse(JSON.parse(content)).data
  } catch {
    return undefined
  }
}
