// What every release step promises, on the shells that hosts have: it says truly what is there, its undo leaves what was
// there before - twice in a row, and after a run that died at any of its commands - and a step that is not undone may run
// again. The scripts are the real ones, with the real prelude.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { text } from '../../src/core/lang.ts'
import { composeGroup, composeInspect } from '../../src/engine/compose.ts'
import { parseFrame } from '../../src/engine/frames.ts'
import type { Plan } from '../../src/engine/plan.ts'
import type { HostKind, Step } from '../../src/engine/step.ts'
import type { Bundle } from '../../src/release/bundle/bundle.ts'
import { compareSums } from '../../src/release/bundle/delta.ts'
import { deltaTar } from '../../src/release/bundle/delta-tar.ts'
import { linksDigestOf } from '../../src/release/content.ts'
import type { ReleaseRecord } from '../../src/release/record.ts'
import { type CommandStep, commandKind } from '../../src/release/steps/command.ts'
import { withState } from '../../src/release/steps/fragment.ts'
import { type PruneStep, pruneKind } from '../../src/release/steps/prune.ts'
import { type LinkStep, linkKind, type ProbeStep, probeKind } from '../../src/release/steps/shared.ts'
import { type StageStep, stageKind } from '../../src/release/steps/stage.ts'
import { type StateStep, stateKind } from '../../src/release/steps/state.ts'
import { type SwitchStep, switchKind } from '../../src/release/steps/switch.ts'
import { type VerifyStep, verifyKind } from '../../src/release/steps/verify.ts'
import { aRelease } from '../helpers/a-deploy.ts'
import { aBundle } from '../rigs/a-bundle.ts'

const shells = [['dash'], ['busybox', 'sh']] as const
type Shell = (typeof shells)[number]

const run = '20261121_021500-deploy-1f3a9c'
const older = '20261120_021500-aaaaaaa'
const newer = '20261121_021500-abc1234'
const nonce = 'n0nce'

let bundles = ''
let bundle: Bundle
let previous: Bundle
let root = ''

beforeAll(async () => {
  bundles = mkdtempSync(join(tmpdir(), 'stellwerk-steps-bundles-'))
  // A temporary directory for everybody, as /tmp is.
  chmodSync(bundles, 0o1777)
  previous = await aBundle(bundles, 'previous', { 'server.js': 'old', 'lib/same.js': 'same', gone: 'gone' })
  bundle = await aBundle(bundles, 'next', {
    'server.js': 'new',
    'lib/same.js': 'same',
    "it's $HOME.txt": 'odd',
    latest: { link: 'server.js' },
  })
  return () => rmSync(bundles, { recursive: true, force: true })
})
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "stellwerk-steps it's "))
  chmodSync(root, 0o755)
  mkdirSync(join(root, '.stellwerk'))
  writeFileSync(join(root, '.stellwerk/lock'), `{"run":"${run}","procedure":"deploy","token":7,"v":1}\n`)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

interface Answer {
  readonly code: number | null
  readonly reports: readonly string[]
  readonly data: Readonly<Record<string, string>>
  readonly output: string
}

interface Acting {
  readonly shell: Shell
  readonly env?: NodeJS.ProcessEnv
  /** Put before the script: a function that stands for a command of the host. */
  readonly before?: string
}

async function act<S extends Step>(
  kind: HostKind<S>,
  step: S,
  mode: 'run' | 'undo',
  acting: Acting,
): Promise<Answer> {
  const script = composeGroup({
    plan: { run } as Plan,
    root,
    token: 7,
    nonce,
    mode,
    acts: [{ step, kind: kind as unknown as HostKind<Step> }],
    secrets: {},
    abortable: mode === 'run',
    begin: false,
  })
  const stream = mode === 'run' ? await kind.stream?.(step) : undefined
  return sh(`${acting.before ?? ''}${script}`, acting, stream)
}

async function inspect<S extends Step>(kind: HostKind<S>, step: S, shell: Shell): Promise<string> {
  const acts = [{ step, kind: kind as unknown as HostKind<Step> }]
  const script = composeInspect({ plan: { run } as Plan, root, token: 7, nonce, acts })
  return (await sh(script, { shell })).data['0'] ?? 'no answer'
}

function sh(script: string, { shell, env }: Acting, stream?: Readable): Promise<Answer> {
  const [file, ...args] = shell
  // What a killed script leaves goes with the bundles.
  const child = spawn(file, [...args, '-c', script], {
    detached: true,
    env: { ...process.env, TMPDIR: bundles, ...env },
  })
  let stdout = ''
  child.stdout.setEncoding('utf8').on('data', chunk => {
    stdout += chunk
  })
  child.stderr.setEncoding('utf8').on('data', chunk => {
    stdout += chunk
  })
  // A script that dies before it has read everything closes its end.
  child.stdin.on('error', () => undefined)
  if (stream) stream.pipe(child.stdin)
  else child.stdin.end()
  return new Promise(resolve => {
    child.on('close', code => {
      const reports: string[] = []
      const data: Record<string, string> = {}
      for (const line of stdout.split('\n')) {
        const frame = parseFrame(line, nonce)
        if (frame?.type === 'report') reports.push(frame.line)
        if (frame?.type === 'data' || frame?.type === 'answer') data[frame.key] = frame.value
      }
      resolve({ code, reports, data, output: stdout })
    })
  })
}

/** Everything below the root but the engine's own files: kind, mode and content; times of records are left out. */
function tree(directory = root): Record<string, string> {
  const found: Record<string, string> = {}
  for (const path of readdirSync(directory, { recursive: true, encoding: 'utf8' }).toSorted()) {
    // A run that is killed in the middle of writing a file leaves its temporary name behind; nothing ever reads it.
    if (path.startsWith('.stellwerk/runs') || path.endsWith('.tmp')) continue
    const full = join(directory, path)
    const stat = lstatSync(full)
    if (stat.isSymbolicLink()) found[path] = `-> ${readlinkSync(full)}`
    else if (stat.isDirectory()) found[path] = 'directory'
    else
      found[path] = `${(stat.mode & 0o777).toString(8)} ${readFileSync(full, 'utf8')}`.replaceAll(
        /"(stateAt|provenAt)": "[^"]*"/g,
        '"$1"',
      )
  }
  return found
}

const auto = { how: 'auto', title: text('undo', 'zurück') } as const
const none = { how: 'none', why: text('none', 'keines') } as const

function base(kind: string, undo: Step['undo'] = auto) {
  return { id: `x/web1/${kind}`, kind, host: 'web1', root, title: text('x', 'x'), timeout: 20_000, undo }
}

/** A release as stage leaves it, from the files of a bundle. */
function lay(id: string, from: Bundle, state: ReleaseRecord['state'] = 'proven'): ReleaseRecord {
  const directory = join(root, 'releases', id)
  const name = from === previous ? 'previous' : 'next'
  cpSync(join(bundles, name), directory, { recursive: true, verbatimSymlinks: true })
  writeFileSync(join(directory, 'SHA256SUMS'), from.head.sums)
  writeFileSync(join(directory, '.stellwerk-bundle.json'), from.head.manifest)
  const record = { ...aRelease(id, state), digest: from.digest }
  writeFileSync(join(directory, '.stellwerk.json'), `${JSON.stringify(record, undefined, 2)}\n`)
  return record
}

function stage(extra: Partial<StageStep> = {}): StageStep {
  return {
    ...base('release.stage'),
    kind: 'release.stage',
    record: { ...aRelease(newer, 'staged'), digest: bundle.digest, run },
    content: {
      digest: bundle.digest,
      files: bundle.manifest.totals.files + 1,
      linksDigest: linksDigestOf(bundle.manifest.links),
    },
    compress: 'gzip',
    added: 4,
    changed: 0,
    removed: 0,
    bytes: 100,
    ...extra,
  }
}

/** Sends what differs from the base of the step. */
const staging = stageKind(async step => {
  const delta = compareSums(step.base === undefined ? undefined : previous.sums, bundle.sums)
  return deltaTar(bundle, delta, { compress: step.compress }).stream
})

function link(extra: Partial<LinkStep> = {}): LinkStep {
  return {
    ...base('release.link', none),
    kind: 'release.link',
    release: newer,
    directories: ['storage', 'public/up loads'],
    files: ['.env'],
    skeleton: ['storage/logs'],
    ...extra,
  }
}

function switching(extra: Partial<SwitchStep> = {}): SwitchStep {
  return { ...base('release.switch'), kind: 'release.switch', release: newer, previous: older, ...extra }
}

function stateStep(before: ReleaseRecord, state: ReleaseRecord['state']): StateStep {
  return { ...base('release.state'), kind: 'release.state', record: withState(before, state, run), before }
}

function laySwitch(): void {
  lay(older, previous)
  lay(newer, bundle, 'ready')
  symlinkSync(`releases/${older}`, join(root, 'current'))
}

/** Kinds that take back: how the scene is set, and what undo leaves when that is not what was there before. */
interface Reversible {
  readonly kind: HostKind<Step>
  readonly scene: () => Step
  readonly left?: (before: Record<string, string>) => Record<string, string>
}

// biome-ignore lint/suspicious/noExplicitAny: a table of steps of different kinds
const reversible = (kind: HostKind<any>, scene: () => Step, left?: Reversible['left']): Reversible => ({
  kind,
  scene,
  ...(left ? { left } : {}),
})

/** What stays of an upload that is taken back: nothing, or the whole release as evidence that no rollback goes to. */
const failedOrGone = (before: Record<string, string>) => {
  const now = tree()
  const record = now[`releases/${newer}/.stellwerk.json`]
  if (record === undefined) return { ...before, ...directories(now) }
  expect(record).toContain('"state": "failed"')
  return now
}

function directories(now: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    ['releases', '.stellwerk/staging'].flatMap(path =>
      now[path] === 'directory' ? [[path, 'directory']] : [],
    ),
  )
}

const reversibles: Record<string, Reversible> = {
  stage: reversible(staging, () => stage(), failedOrGone),
  'stage beside a base': reversible(
    staging,
    () => {
      lay(older, previous)
      return stage({ base: older, baseDigest: previous.digest, compress: 'zstd' })
    },
    failedOrGone,
  ),
  switch: reversible(switchKind, () => {
    laySwitch()
    return switching()
  }),
  'first switch': reversible(switchKind, () => {
    lay(newer, bundle, 'ready')
    const { previous: _, ...first } = switching()
    return first
  }),
  state: reversible(stateKind, () => stateStep(lay(newer, bundle, 'ready'), 'live')),
  'state proven': reversible(stateKind, () => stateStep({ ...lay(newer, bundle, 'live') }, 'proven')),
}

describe.each(shells)('release steps in %s', (...words) => {
  const shell = words as unknown as Shell

  describe.each(Object.entries(reversibles))('%s', (_, { kind, scene, left }) => {
    test('says what is there, and its undo leaves what was there, twice', async () => {
      const step = scene()
      const before = tree()
      expect(await inspect(kind, step, shell)).toBe('undone')

      const ran = await act(kind, step, 'run', { shell })
      expect(ran).toMatchObject({ code: 0, reports: [] })
      expect(tree()).not.toEqual(before)
      expect(await inspect(kind, step, shell)).toBe('done')

      for (const _time of [1, 2]) {
        expect(await act(kind, step, 'undo', { shell })).toMatchObject({ code: 0 })
        expect(tree()).toEqual(left?.(before) ?? before)
      }
    })

    test('undo before any run changes nothing', async () => {
      const step = scene()
      const before = tree()

      expect(await act(kind, step, 'undo', { shell })).toMatchObject({ code: 0 })

      expect(tree()).toEqual(before)
    })
  })

  test('a release that is staged is whole, shares what did not change, and is what its record says', async () => {
    lay(older, previous)
    const step = stage({ base: older, baseDigest: previous.digest })

    await act(staging, step, 'run', { shell })

    const release = join(root, 'releases', newer)
    expect(readFileSync(join(release, "it's $HOME.txt"), 'utf8')).toBe('odd')
    expect(readlinkSync(join(release, 'latest'))).toBe('server.js')
    expect(existsSync(join(release, 'gone'))).toBe(false)
    expect(statSync(join(release, 'lib/same.js')).ino).toBe(
      statSync(join(root, 'releases', older, 'lib/same.js')).ino,
    )
    const record = JSON.parse(readFileSync(join(release, '.stellwerk.json'), 'utf8'))
    expect(record).toMatchObject({ id: newer, state: 'staged', run })
    expect(readdirSync(join(root, '.stellwerk/staging'))).toEqual([])
  })

  test('a release of another run under the same name is refused, and stays what it is', async () => {
    lay(newer, previous)
    const before = tree()

    expect(await act(staging, stage(), 'run', { shell })).toMatchObject({ code: 1, reports: ['exists'] })
    expect(await act(staging, stage(), 'undo', { shell })).toMatchObject({ code: 0 })

    expect(tree()).toEqual(before)
  })

  test('an upload whose base was changed on the host names the file and leaves no release', async () => {
    lay(older, previous)
    writeFileSync(join(root, 'releases', older, 'lib/same.js'), 'else')

    const ran = await act(staging, stage({ base: older, baseDigest: previous.digest }), 'run', { shell })

    expect(ran).toMatchObject({ code: 1, reports: ['wrong', 'lib/same.js'] })
    expect(existsSync(join(root, 'releases', newer))).toBe(false)
  })

  test('a link that somebody moved meanwhile is not taken over, and not moved back', async () => {
    laySwitch()
    rmSync(join(root, 'current'))
    symlinkSync('releases/by-hand', join(root, 'current'))

    const ran = await act(switchKind, switching(), 'run', { shell })
    expect(ran).toMatchObject({ code: 1, reports: ['moved', 'releases/by-hand'] })
    await act(switchKind, switching(), 'undo', { shell })

    expect(readlinkSync(join(root, 'current'))).toBe('releases/by-hand')
  })

  test('links lead from any depth into shared, made or found there, and a second run changes nothing', async () => {
    lay(newer, bundle, 'staged')
    mkdirSync(join(root, 'shared'))
    writeFileSync(join(root, 'shared/.env'), 'KEY=1')
    const release = join(root, 'releases', newer)
    expect(await inspect(linkKind, link(), shell)).toBe('undone')

    expect(await act(linkKind, link(), 'run', { shell })).toMatchObject({ code: 0, reports: [] })

    expect(readlinkSync(join(release, 'public/up loads'))).toBe('../../../shared/public/up loads')
    expect(readFileSync(join(release, '.env'), 'utf8')).toBe('KEY=1')
    expect(statSync(join(release, 'storage/logs')).isDirectory()).toBe(true)
    expect(await inspect(linkKind, link(), shell)).toBe('done')
    const once = tree()
    expect(await act(linkKind, link(), 'run', { shell })).toMatchObject({ code: 0 })
    expect(tree()).toEqual(once)
  })

  test('shared directories are made by a user who cannot give them away', async () => {
    lay(newer, bundle, 'staged')
    const before = 'id() { echo 1000; }\n'

    const ran = await act(linkKind, link({ files: [], user: 'www-data' }), 'run', { shell, before })

    expect(ran).toMatchObject({ code: 0, reports: [] })
  })

  test.each([
    ['a shared file that is not there', {}, ['missing', '.env']],
    ['a bundle that brings its own', { directories: ['lib'], files: [] }, ['occupied', 'lib']],
  ])('%s is named', async (_, extra, reports) => {
    lay(newer, bundle, 'staged')

    expect(await act(linkKind, link(extra), 'run', { shell })).toMatchObject({ code: 1, reports })
  })

  test('a probe proves that the app may write, and leaves nothing', async () => {
    const directory = join(root, 'shared/storage')
    mkdirSync(directory, { recursive: true })
    const step: ProbeStep = {
      ...base('release.probe', none),
      kind: 'release.probe',
      release: newer,
      directories: [directory],
    }
    const before = tree()

    expect(await act(probeKind, step, 'run', { shell })).toMatchObject({ code: 0, data: { probed: '1' } })
    expect(tree()).toEqual(before)

    // Only root can be somebody else without a password; this user owns nothing here.
    if (process.getuid?.() !== 0) return
    const other = await act(probeKind, { ...step, user: 'nobody' }, 'run', { shell })
    expect(other).toMatchObject({ code: 1, reports: ['directory', directory] })
    chmodSync(directory, 0o777)
    writeFileSync(join(directory, 'app.log'), 'by root')
    const entry = await act(probeKind, { ...step, user: 'nobody' }, 'run', { shell })
    expect(entry).toMatchObject({ code: 1, reports: ['entry', join(directory, 'app.log')] })
  })

  test('a probe does not stumble over files that come and go while it looks', async () => {
    const directory = join(root, 'shared/storage')
    mkdirSync(directory, { recursive: true })
    const step: ProbeStep = {
      ...base('release.probe', none),
      kind: 'release.probe',
      release: newer,
      directories: [directory],
    }
    const names = 'for i in 1 2 3 4 5 6 7 8; do : >"j$i"; done; rm -f j?'
    const app = spawn('sh', ['-c', `while :; do ${names}; done`], { cwd: directory, stdio: 'ignore' })
    try {
      for (let look = 0; look < 10; look++)
        expect(await act(probeKind, step, 'run', { shell })).toMatchObject({ code: 0, data: { probed: '1' } })
    } finally {
      app.kill('SIGKILL')
      await once(app, 'exit')
    }
  })

  test('a release that was changed since it was deployed is named', async () => {
    lay(older, previous)
    const step: VerifyStep = {
      ...base('release.verify', none),
      kind: 'release.verify',
      release: older,
      digest: previous.digest,
    }
    const before = tree()
    expect(await act(verifyKind, step, 'run', { shell })).toMatchObject({ code: 0, data: { files: '4' } })
    expect(tree()).toEqual(before)

    const release = join(root, 'releases', older)
    writeFileSync(join(release, 'server.js'), 'tampered')
    expect(await act(verifyKind, step, 'run', { shell })).toMatchObject({
      code: 1,
      reports: ['wrong', 'server.js'],
    })
    rmSync(join(release, 'server.js'))
    expect(await act(verifyKind, step, 'run', { shell })).toMatchObject({
      code: 1,
      reports: ['wrong', 'server.js'],
    })
    writeFileSync(join(release, 'SHA256SUMS'), '')
    expect(await act(verifyKind, step, 'run', { shell })).toMatchObject({
      code: 1,
      reports: ['wrong', 'SHA256SUMS'],
    })
    rmSync(release, { recursive: true })
    expect(await act(verifyKind, step, 'run', { shell })).toMatchObject({ code: 1, reports: ['wrong', '.'] })
  })

  test('pruning removes what is named, never what is live, and keeps the newest runs and its own', async () => {
    laySwitch()
    const runs = [
      '20261101_000000-deploy-aaaaaa',
      '20261102_000000-deploy-bbbbbb',
      '20261130_000000-deploy-cccccc',
    ]
    for (const name of runs) mkdirSync(join(root, '.stellwerk/runs', name), { recursive: true })
    const step: PruneStep = {
      ...base('release.prune', none),
      kind: 'release.prune',
      remove: [older, newer],
      keepRuns: 1,
    }
    expect(await inspect(pruneKind, { ...step, remove: [newer] }, shell)).toBe('undone')

    expect(await act(pruneKind, step, 'run', { shell })).toMatchObject({ code: 0, data: { removed: newer } })

    expect(readdirSync(join(root, 'releases'))).toEqual([older])
    expect(readdirSync(join(root, '.stellwerk/runs')).toSorted()).toEqual([run, runs[2]].toSorted())
    expect(await inspect(pruneKind, { ...step, remove: [newer] }, shell)).toBe('done')
    expect(await act(pruneKind, step, 'run', { shell })).toMatchObject({ code: 0 })
    expect(await act(pruneKind, { ...step, remove: [] }, 'run', { shell })).toMatchObject({ code: 0 })
  })

  describe('commands', () => {
    function command(extra: Partial<CommandStep>): CommandStep {
      return {
        ...base('release.command'),
        kind: 'release.command',
        environment: 'production',
        release: newer,
        commands: ['echo "$STELLWERK_RELEASE $NAME" >>"$STELLWERK_ROOT/ran"', 'pwd >>"$STELLWERK_ROOT/ran"'],
        env: { NAME: 'a $HOME b' },
        known: [],
        when: 'go',
        ...extra,
      }
    }
    const ran = () => (existsSync(join(root, 'ran')) ? readFileSync(join(root, 'ran'), 'utf8') : '')

    test('run in the release on the way there, and the undo leaves them be', async () => {
      laySwitch()
      expect(await inspect(commandKind, command({}), shell)).toBe('unknown')

      expect(await act(commandKind, command({}), 'run', { shell })).toMatchObject({ code: 0 })
      expect(await act(commandKind, command({}), 'undo', { shell })).toMatchObject({ code: 0 })

      expect(ran()).toBe(`${newer} a $HOME b\n${root}/releases/${newer}\n`)
    })

    test('run in the old release on the way back only', async () => {
      laySwitch()
      const step = command({ when: 'back', undoRelease: older })

      expect(await act(commandKind, step, 'run', { shell })).toMatchObject({ code: 0 })
      expect(ran()).toBe('')
      expect(await act(commandKind, step, 'undo', { shell })).toMatchObject({ code: 0 })

      expect(ran()).toBe(`${older} a $HOME b\n${root}/releases/${older}\n`)
    })

    test('stop at the first that fails, with its exit code', async () => {
      laySwitch()
      const step = command({ commands: ['exit 9', 'echo never >"$STELLWERK_ROOT/ran"'] })

      expect(await act(commandKind, step, 'run', { shell })).toMatchObject({
        code: 1,
        reports: ['command', '9', 'exit 9'],
      })
      expect(ran()).toBe('')
    })

    test('have one time limit together', async () => {
      laySwitch()
      const step = command({ commands: ['sleep 2', 'sleep 3'], timeout: 4000 })

      expect(await act(commandKind, step, 'run', { shell })).toMatchObject({
        code: 1,
        reports: ['command', '124', 'sleep 3'],
      })
    })

    test('run when something is pending, asked in the same release with the same variables', async () => {
      laySwitch()
      const onlyIf = 'echo "asked $STELLWERK_RELEASE $NAME" >>"$STELLWERK_ROOT/ran"; test -e server.js'

      expect(await act(commandKind, command({ onlyIf }), 'run', { shell })).toMatchObject({
        code: 0,
        data: {},
      })

      expect(ran()).toBe(`asked ${newer} a $HOME b\n${newer} a $HOME b\n${root}/releases/${newer}\n`)
    })

    test('do not run when nothing is pending, and the step says so', async () => {
      laySwitch()

      expect(await act(commandKind, command({ onlyIf: 'exit 3' }), 'run', { shell })).toMatchObject({
        code: 0,
        data: { pending: 'no' },
      })
      expect(ran()).toBe('')
    })

    test.each([
      ['another exit code', 'exit 2', 60_000, '2'],
      ['the exit code of a crash', 'exit 1', 60_000, '1'],
      ['no such program', 'no-such-program --pending', 60_000, '127'],
      ['a time-out', 'sleep 60', 1000, '124'],
    ])('do not run when it cannot be told: %s', async (_, onlyIf, timeout, code) => {
      laySwitch()
      const step = command({ onlyIf, timeout })

      expect(await act(commandKind, step, 'run', { shell })).toMatchObject({
        code: 1,
        reports: ['pending', code, onlyIf],
      })
      expect(ran()).toBe('')
      expect(commandKind.explain?.(step, { key: 'pending', args: [code, onlyIf] })?.what.en).toContain(
        'could not tell whether anything is pending',
      )
    })

    test('name in the plan what they depend on', () => {
      expect(commandKind.describe(command({ commands: ['migrate'], onlyIf: 'migrate -p' })).en).toBe(
        'Run in the release, if pending (migrate -p): migrate',
      )
    })
  })
})

/** Programs of the host that count how often they were called, and at the given call kill the script instead. */
function dyingPath(at: number): string {
  const directory = join(root, '.stellwerk/runs/dying')
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'count'), '')
  const real = process.env['PATH']
  for (const name of [
    'rm',
    'mkdir',
    'ln',
    'mv',
    'cp',
    'tar',
    'sed',
    'cat',
    'sort',
    'comm',
    'sha256sum',
    'find',
    'readlink',
    'dd',
  ]) {
    writeFileSync(
      join(directory, name),
      `#!/bin/sh
echo >>"${directory}/count"
if [ "$(wc -l <"${directory}/count")" -gt ${at} ]; then kill -KILL 0; fi
PATH='${real}' exec ${name} "$@"
`,
      { mode: 0o755 },
    )
  }
  return `${directory}:${real}`
}

// A shell with programs of its own does not look for them on the path, so this is asked of one that has none.
describe.each(Object.entries(reversibles))(
  '%s, killed at any of its commands',
  (_, { kind, scene, left }) => {
    test('is taken back, twice', async () => {
      let deaths = 0
      for (let at = 0; ; at++) {
        rmSync(join(root, 'releases'), { recursive: true, force: true })
        rmSync(join(root, 'current'), { force: true })
        rmSync(join(root, '.stellwerk/staging'), { recursive: true, force: true })
        const step = scene()
        const before = tree()

        const ran = await act(kind, step, 'run', { shell: ['dash'], env: { PATH: dyingPath(at) } })
        if (ran.code === 0) break
        expect(ran.code).toBeNull()
        deaths++

        for (const _time of [1, 2]) {
          const undone = await act(kind, step, 'undo', { shell: ['dash'] })
          expect({ at, ...undone }).toMatchObject({ at, code: 0 })
          expect({ at, ...tree() }).toEqual({ at, ...(left?.(before) ?? before) })
        }
      }
      // The scripts call several programs each: were none of them counted, nothing would have been shown.
      expect(deaths).toBeGreaterThan(3)
    })
  },
)
