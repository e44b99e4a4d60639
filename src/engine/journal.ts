// The journal of a run on one host: JSON Lines that a person can read. Written by the remote script itself (prelude.ts),
// read here.
import { z } from 'zod'

const record = z.discriminatedUnion('type', [
  z.object({ type: z.enum(['intent', 'undo-intent']), step: z.string(), at: z.string(), token: z.number() }),
  z.object({
    type: z.enum(['outcome', 'undo-outcome']),
    step: z.string(),
    at: z.string(),
    token: z.number(),
    status: z.enum(['done', 'failed']),
    code: z.number(),
    data: z.record(z.string(), z.string()),
  }),
  z.object({ type: z.literal('end'), status: z.string(), at: z.string(), token: z.number() }),
])
export type JournalRecord = z.infer<typeof record>

/** What the journal knows of one step. `intent` without outcome: it began and nobody knows how it ended. */
export type StepState = 'intent' | 'done' | 'failed' | 'undo-intent' | 'undone' | 'undo-failed'

export interface JournalState {
  readonly steps: ReadonlyMap<string, StepState>
  /** Status of the `end` record, when the run was closed. */
  readonly ended?: string
  readonly data: ReadonlyMap<string, Readonly<Record<string, string>>>
}

/** Reads a journal. A line torn by a crash or a full disk is skipped: its action has no outcome, which is the truth. */
export function parseJournal(content: string): readonly JournalRecord[] {
  const records: JournalRecord[] = []
  for (const line of content.split('\n')) {
    // A record appended behind a torn one shares its line.
    const start = line.lastIndexOf('{"v":1,')
    if (start < 0) continue
    try {
      const parsed = record.safeParse(JSON.parse(line.slice(start)))
      if (parsed.success) records.push(parsed.data)
    } catch {
      // Torn line: see above.
    }
  }
  return records
}

export function foldJournal(records: readonly JournalRecord[]): JournalState {
  const steps = new Map<string, StepState>()
  const data = new Map<string, Readonly<Record<string, string>>>()
  let ended: string | undefined
  for (const entry of records) {
    switch (entry.type) {
      case 'intent':
      case 'undo-intent':
        steps.set(entry.step, entry.type)
        break
      case 'outcome':
        steps.set(entry.step, entry.status)
        data.set(entry.step, entry.data)
        break
      case 'undo-outcome':
        steps.set(entry.step, entry.status === 'done' ? 'undone' : 'undo-failed')
        break
      case 'end':
        ended = entry.status
        break
    }
  }
  return { steps, data, ...(ended === undefined ? {} : { ended }) }
}
