// A plan on disk: `plan --save` writes it, `deploy --plan` applies it while the facts still hold. The file is never carried
// out: the plan is made again from config, facts and bundle, and must come out the same. So nobody can put a step into it.
import { z } from 'zod'
import { setIdPattern } from '../backup/set.ts'
import { waiver } from '../config/schema/waiver.ts'
import { isReleaseId } from '../core/ids.ts'
import { text } from '../core/lang.ts'
import { err, ok, type Result } from '../core/result.ts'
import { type Context, textFlag } from './context.ts'

const savedPlan = z.object({
  schema: z.literal('stellwerk.saved-plan/1'),
  /** Absolute path of the bundle that the plan sends. */
  bundle: z.string().startsWith('/'),
  /** Whether it sends every file. */
  full: z.boolean(),
  plan: z.looseObject({
    schema: z.literal('stellwerk.plan/1'),
    procedure: z.literal('deploy'),
    run: z.string().regex(/^\d{8}_\d{6}-deploy-[0-9a-f]{6}$/),
    environment: z.string(),
    createdAt: z.iso.datetime(),
    hosts: z.array(z.looseObject({ name: z.string() })).min(1),
    factsDigest: z.string(),
    summary: z.looseObject({
      release: z.string().refine(isReleaseId),
      by: z.string(),
      notes: z.string(),
      backup: z
        .object({ set: z.string().regex(setIdPattern), expected: z.record(z.string(), z.number()) })
        .optional(),
      // Absent where nothing is waived: a default would make another plan of it.
      waivers: z.array(waiver.extend({ check: z.string() })).optional(),
      backupWaived: z.object({ by: z.string(), reason: z.string() }).optional(),
    }),
  }),
})
export type SavedPlan = z.infer<typeof savedPlan>

/** Undefined when no --plan was given. */
export async function readSavedPlan(context: Context): Promise<Result<SavedPlan> | undefined> {
  const file = textFlag(context, 'plan')
  if (file === undefined) return undefined
  const content = await context.wiring.readFile(file)
  const problem = (en: string, de: string) => {
    const what = text(`"${file}" is not a saved plan`, `„${file}“ ist kein gespeicherter Plan`)
    return err({ code: 'STW-D302', what, where: { file }, why: text(en, de) })
  }
  if (content === undefined) return problem('it cannot be read', 'die Datei ist nicht lesbar')
  let value: unknown
  try {
    value = JSON.parse(content)
  } catch {
    return problem('it is not JSON', 'sie ist kein JSON')
  }
  const parsed = savedPlan.safeParse(value)
  if (parsed.success) return ok(parsed.data)
  const place = parsed.error.issues[0]?.path.join('.') ?? ''
  return problem(
    `"${place}" is not what "stellwerk plan deploy --save" writes`,
    `„${place}“ ist nicht, was „stellwerk plan deploy --save“ schreibt`,
  )
}
