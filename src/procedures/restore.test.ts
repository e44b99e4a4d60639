import { describe, expect, it } from 'vitest'
import { aConfig, aRelease, facts } from '../../test/helpers/a-deploy.ts'
import { aDatabase, aManifest, aSet, filesOf } from '../../test/helpers/a-set.ts'
import { renderPlanHead } from '../cli/present/plan.ts'
import { compileRestore, type RestoreInput, releaseWarning } from './restore.ts'
import { compileRestoreFiles } from './restore-files.ts'

const release = '20261101_021500-aaaaaaa'
const data = `databases: {main: {kind: postgres, database: app, migrate: {command: go}}, stats: {kind: mysql, database: stats}}
release: {shared: {files: [.env], directories: [uploads]}}
backup: {files: {uploads: {paths: [shared/uploads]}}, destinations: {nas: {kind: directory, path: /backup}}}
services: {web: {kind: process, command: go, ports: [3001]}}`

const set = aSet('2026-11-20T01:00:00Z', {
  manifest: aManifest({
    parts: [
      aDatabase({ host: 'web1' }),
      aDatabase({ store: 'stats', kind: 'mysql', format: 'plain' }),
      filesOf(),
    ],
  }),
})

function input(extra: Partial<RestoreInput> = {}): RestoreInput {
  const config = aConfig(data)
  return {
    config,
    facts: new Map([['web1', facts({ release: { current: release, releases: [aRelease(release)] } })]]),
    set,
    from: 'nas',
    stores: [],
    to: undefined,
    acceptUnverified: undefined,
    safety: { set: '20261121T100000Z-abcd', expected: new Map(), pinned: [set.id] },
    run: 'run-1',
    by: 'anna',
    now: new Date('2026-11-21T10:00:00Z'),
    ...extra,
  }
}

function phasesOf(plan: ReturnType<typeof compileRestore>): readonly string[] {
  if (!plan.ok) throw new Error(JSON.stringify(plan.error))
  return plan.value.phases.map(({ id }) => id)
}

function codesOf(plan: ReturnType<typeof compileRestore>): readonly string[] {
  return plan.ok ? [] : plan.error.map(({ code }) => code)
}

describe('restore', () => {
  it('copies what is live first, compares before it swaps, and commits after the proof', () => {
    const plan = compileRestore(input())

    const words = 'safety safety-store place fetch-1 fetch-2 beside swap switch verify settle'
    expect(phasesOf(plan)).toEqual(words.split(' '))
    if (!plan.ok) return
    const steps = plan.value.phases.flatMap(phase => phase.steps)
    const kinds = steps.map(({ kind }) => kind)
    expect(kinds.lastIndexOf('restore.compare')).toBeLessThan(kinds.indexOf('restore.swap'))
    expect(kinds.lastIndexOf('backup.store')).toBeLessThan(kinds.indexOf('restore.beside'))
    expect(steps.filter(({ kind }) => kind === 'restore.swap')).toMatchObject([
      { store: 'main', beside: 'stw_new_20261121100000_main', old: 'stw_old_20261121100000_main' },
      { store: 'stats' },
    ])
    expect(plan.value.commit).toBe('settle')
  })

  it('saves what is there, and puts one that is missing in a place that replaces nothing', () => {
    const unsaved = { databases: ['main'], files: ['uploads'], missing: ['main'] }
    const plan = compileRestore(input({ unsaved }))
    const steps = plan.ok ? plan.value.phases.flatMap(phase => phase.steps) : []

    expect(steps.filter(({ kind }) => /backup\.(database|files)/.test(kind))).toMatchObject([
      { kind: 'backup.database', store: 'stats' },
    ])
    const swaps = steps.filter(({ kind }) => kind === 'restore.swap')
    expect(swaps.map(step => 'none' in step)).toEqual([true, false])
    const nothing = compileRestore(input({ unsaved: { ...unsaved, databases: ['main', 'stats'] } }))
    expect(phasesOf(nothing).slice(0, 2)).toEqual(['place', 'fetch-1'])
    expect(nothing.ok && 'safety' in nothing.value.summary).toBe(false)
  })

  it('keeps the reason and the person when nothing is saved, and names what is kept by its own time', () => {
    const unsaved = { databases: ['main', 'stats'], files: ['uploads'], missing: [] }
    const plan = compileRestore(input({ unsaved, withoutSafetyCopy: 'the disk is broken' }))

    expect(plan.ok && plan.value.summary).toMatchObject({
      withoutSafetyCopy: { by: 'anna', reason: 'the disk is broken' },
    })
    expect(plan.ok && renderPlanHead(plan.value, 'en')).toContain(
      '  ! without a safety copy, by anna: the disk is broken\n',
    )
    expect(JSON.stringify(plan)).toContain('stw_old_20261121100000_main')
  })

  it('leaves the live one alone with --to: no safety copy, no swap, no restart', () => {
    const plan = compileRestore(input({ to: 'app_yesterday', stores: ['main'] }))

    expect(phasesOf(plan)).toEqual(['place', 'fetch', 'beside', 'settle'])
  })

  it.each([
    ['an unverified set', { set: { ...set, state: 'stored' as const } }, ['STW-B463']],
    ['a suspect set', { set: { ...set, state: 'suspect' as const } }, ['STW-B463']],
    ['a database that the set does not hold', { stores: ['mian'] }, ['STW-U001']],
    [
      'a database that is not configured',
      { config: aConfig(data.replace('stats: {kind: mysql', 'other: {kind: mysql')) },
      ['STW-B464'],
    ],
    ['two databases under one name', { to: 'app_yesterday' }, ['STW-B467']],
    ['a set of files only', { set: { ...set, manifest: aManifest({ parts: [filesOf()] }) } }, ['STW-B466']],
    [
      'what is encrypted, without a key',
      { set: { ...set, manifest: aManifest({ parts: [aDatabase({ encrypted: true })] }) } },
      ['STW-B465'],
    ],
  ])('refuses %s', (_, change, codes) => {
    expect(codesOf(compileRestore(input(change)))).toEqual(codes)
  })

  it('takes a set that nobody verified for a reason, which stays in the plan', () => {
    const plan = compileRestore(
      input({ set: { ...set, state: 'stored' }, acceptUnverified: 'the only one left' }),
    )

    expect(plan.ok && plan.value.summary['acceptedUnverified']).toEqual({
      by: 'anna',
      reason: 'the only one left',
    })
  })

  it('warns of a set from a newer release', () => {
    const newer = { id: '20261102_021500-bbbbbbb', version: '2', gitSha: 'b' }
    const from = { ...set, manifest: aManifest({ release: newer }) }

    expect(releaseWarning(from, release)?.en).toContain(newer.id)
    expect(releaseWarning(from, newer.id)).toBeUndefined()
  })
})

describe('restore --app', () => {
  const files = (overwrite: readonly string[], dryRun = false) => {
    const { to: _, ...rest } = input()
    return compileRestoreFiles({ ...rest, overwrite, dryRun })
  }

  it('only looks with --dry-run, and copies what is live before it overwrites', () => {
    expect(phasesOf(files([], true))).toEqual(['place', 'fetch', 'compare', 'settle'])
    expect(phasesOf(files([]))).toEqual(['place', 'fetch', 'compare', 'put', 'settle'])
    expect(phasesOf(files(['shared/uploads/a.png']))).toEqual([
      'safety',
      'safety-store',
      'place',
      'fetch',
      'compare',
      'put',
      'settle',
    ])
  })

  it('never writes what people keep by hand, not even when it is named', () => {
    expect(codesOf(files(['shared/.env']))).toEqual(['STW-B471'])
    const plan = files(['shared/uploads/a.png'])
    const put = plan.ok
      ? plan.value.phases.flatMap(({ steps }) => steps).find(({ kind }) => kind === 'restore.put')
      : undefined
    expect(put).toMatchObject({ protect: [expect.stringMatching(/\/shared\/\.env$/)] })
  })
})
