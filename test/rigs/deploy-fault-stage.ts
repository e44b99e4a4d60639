// Tries a fault on a stage: under the probe of a user, with the world mended afterwards, whatever came of it.

import type { Ended } from './command-line.ts'
import { startStellwerk } from './command-line.ts'
import { type Attempt, type Fault, phaseOf, saidBy, type Verdict } from './deploy-fault.ts'
import { currentOf } from './shop.ts'
import { startUserProbe } from './user-probe.ts'

/** A deploy that has ended. */
interface Tried extends Ended {
  /** Milliseconds from the beginning of the switch to the end of the run, as they were told; 0 without a switch. */
  readonly open: number
}

export interface FaultStage extends AsyncDisposable {
  run(attempt: Attempt): Promise<Tried>
  /** Another command about the same environment. */
  ask(verb: string, ...words: readonly string[]): Promise<Ended>
  /** Undoes what a fault that nothing stopped has put live. */
  back(): Promise<void>
  /** What users get now, and what the host says they should get. */
  serving(): Promise<{ readonly answers: string; readonly current: string }>
  readonly url: string
}

export interface Place {
  readonly cwd: string
  readonly environment: string
  readonly root: string
  url(): string
  readonly env: NodeJS.ProcessEnv
}

/** The part of a stage that is the same for all: how a command is run there and who answers. */
export function deployOn(place: Place): Omit<FaultStage, typeof Symbol.asyncDispose> {
  const start = (
    verb: string,
    words: readonly string[],
    more: { readonly env?: NodeJS.ProcessEnv | undefined; readonly onLine?: (line: string) => void } = {},
  ) =>
    startStellwerk([verb, place.environment, ...words, '--json', '--yes'], {
      ...more,
      cwd: place.cwd,
      env: { ...place.env, ...more.env },
    }).ended
  return {
    get url() {
      return place.url()
    },
    run: async ({ words, env }) => {
      let [from, until] = [0, 0]
      const onLine = (line: string) => {
        if (line.includes('"type":"phase.begin","phase":"switch')) from ||= performance.now()
        if (line.includes('"type":"run.end"')) until = performance.now()
      }
      const ended = await start('deploy', words, { env, onLine })
      return { ...ended, open: from === 0 ? 0 : until - from }
    },
    ask: (verb, ...words) => start(verb, words),
    back: async () => {
      const ended = await start('rollback', [])
      if (ended.code !== 0) throw new Error(`the way back failed\n${ended.said.slice(-4000)}`)
    },
    serving: async () => {
      const answer = await fetch(place.url(), { headers: { Connection: 'close' }, redirect: 'manual' })
      await answer.arrayBuffer()
      return { answers: answer.headers.get('x-release') ?? 'nobody', current: await currentOf(place.root) }
    },
  }
}

export async function tryFault<Stage extends FaultStage>(
  stage: Stage,
  fault: Fault<Stage>,
): Promise<Verdict> {
  const { current: old } = await stage.serving()
  const attempt = await fault.make(stage)
  const users = startUserProbe(stage.url, old)
  const begin = performance.now()
  let ended: Tried
  try {
    ended = await stage.run(attempt)
  } finally {
    await attempt.mend?.()
  }
  const end = performance.now()
  const after = await stage.serving()
  const seen = await users.stop()
  const { problem, said, evidence } = saidBy(ended)
  const later = ended.code === 0 ? await fault.later?.(stage) : undefined
  if (ended.code === 0) await stage.back()
  return {
    phase: phaseOf(ended),
    code: problem?.code ?? 'none',
    said,
    evidence,
    seconds: (end - begin) / 1000,
    oldServes: after.answers === old && after.current === old,
    seen,
    open: ended.open,
    later: later ?? '',
    ended,
  }
}
