// Each broken release of the service book is stopped by the check that its README names, and the old one goes on serving. The open door,
// the hole in the page and the wrong 200 are rows of deploy-faults.test.ts. Only in the full run: ten minutes.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serviceheft } from '../../examples/serviceheft/variants/variants.ts'
import type { Setting } from '../../examples/variants.ts'
import type { Attempt, FaultPhase } from '../rigs/deploy-fault.ts'
import { openServiceheftStage, type ServiceheftStage } from '../rigs/deploy-fault-examples.ts'
import { tryFault } from '../rigs/deploy-fault-stage.ts'
import { full } from '../rigs/full.ts'

type Variant = keyof typeof serviceheft.variants

interface Row {
  readonly variant: Variant
  readonly phase: FaultPhase
  /** What says no: a check, or the code of a problem. */
  readonly by: string
  /** Where and by what it may be stopped as well. */
  readonly orElse?: readonly [phase: FaultPhase, by: string]
  /** Settings of stellwerk.yaml that differ. */
  readonly settings?: readonly Setting[]
  /** The server has this in shared/.env. */
  readonly variable?: readonly [name: string, value: string]
}

const proven = (variant: Variant, by: string): Row => ({ variant, phase: 'verify', by })

const rows: readonly Row[] = [
  proven('step-up-skipped', 'admin'),
  proven('admin-page-empty', 'admin-page'),
  proven('code-exposed', 'sign-in'),
  proven('docs-exposed', 'docs-closed'),
  proven('env-dev', 'ready'),
  proven('api-not-stripped', 'health'),
  proven('console-error', 'entry'),
  proven('page-slow', 'entry'),
  proven('mail-broken', 'mail'),
  proven('documents-lost', 'ready'),
  // It ends itself. Where one of its processes answers before that, it has gone by the time when it is asked who it is.
  { variant: 'worker-dies', phase: 'start', by: 'STW-S001', orElse: ['verify', 'identity'] },
  proven('log-personal', 'log-without-people'),
  proven('identity', 'STW-K004'),
  { variant: 'migration-half', phase: 'migrate', by: 'STW-R331' },
  { variant: 'secret-short', phase: 'gate', by: 'secret-key', variable: ['LTC_SECRET_KEY', 'hunter2'] },
  {
    variant: 'tests-red',
    phase: 'build',
    by: 'STW-R107',
    settings: [{ path: ['build', 'test'], value: ['npm test'] }],
  },
]

describe.runIf(full)('a release of the service book that is', () => {
  let stage: ServiceheftStage
  beforeAll(async () => {
    stage = await openServiceheftStage()
    // Somebody has signed in by now, as a migration in its middle needs it.
    const { code, said } = await stage.ask('check', '--health')
    expect(code, said).toBe(0)
  })
  afterAll(() => stage?.[Symbol.asyncDispose]())

  test.each(rows)('$variant is stopped by $by', async row => {
    const { phase, code, oldServes, ended } = await tryFault(stage, {
      id: row.variant,
      incident: '',
      made: '',
      phase: row.phase,
      says: /./,
      make: () => made(stage, row),
    })

    const red = ended.events.flatMap(event =>
      event.type === 'check.result' && event.result.blocks ? [event.result.check] : [],
    )
    const wanted = [[row.phase, row.by], ...(row.orElse === undefined ? [] : [row.orElse])]
    const found = [code, ...red].map(by => [phase, by])
    expect(found, ended.said.slice(-3000)).toSatisfy(() =>
      wanted.some(one => found.some(other => one.join() === other.join())),
    )
    expect(oldServes).toBe(true)
  })
})

function made(stage: ServiceheftStage, { variant, settings, variable }: Row): Attempt {
  const attempt = stage.variant(variant, settings)
  if (variable === undefined) return attempt
  const file = join(stage.story.root, 'shared/.env')
  const good = readFileSync(file, 'utf8')
  const [name, value] = variable
  writeFileSync(file, good.replace(new RegExp(`^${name}=.*$`, 'm'), `${name}=${value}`))
  return {
    ...attempt,
    mend: () => {
      writeFileSync(file, good)
      attempt.mend?.()
    },
  }
}

test('every variant is deployed somewhere', () => {
  const elsewhere = ['v1', 'v2', 'dev-headers', 'qr-always-200', 'asset-missing']
  const deployed = [...elsewhere, ...rows.map(({ variant }) => variant)]

  expect(deployed.toSorted()).toEqual(Object.keys(serviceheft.variants).toSorted())
})
