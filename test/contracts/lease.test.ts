// The lease against real shells: exactly one owner, whoever asks, whenever somebody dies.
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseFrame } from '../../src/engine/frames.ts'
import {
  acquireScript,
  type LockAnswer,
  type Owner,
  parseLockAnswer,
  releaseScript,
} from '../../src/engine/lease.ts'

const shells: Record<string, readonly string[]> = {
  dash: ['dash'],
  bash: ['bash', '--posix'],
  busybox: ['busybox', 'sh'],
}

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'stellwerk lease-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function owner(run: string): Owner {
  return {
    run,
    procedure: 'deploy',
    by: 'anna',
    machine: 'laptop',
    pid: 1,
    since: '2026-11-21T02:15:00Z',
    lease: 60,
  }
}

function answerOf(output: string, nonce = 'n'): LockAnswer {
  const answers = new Map<string, string>()
  for (const line of output.split('\n')) {
    const frame = parseFrame(line, nonce)
    if (frame?.type === 'answer') answers.set(frame.key, frame.value)
  }
  return parseLockAnswer(answers)
}

function age(path: string, seconds: number): void {
  const then = Date.now() / 1000 - seconds
  utimesSync(path, then, then)
}

describe.each(Object.entries(shells))('%s', (_name, [shell = '', ...args]) => {
  const sh = (script: string) => execFileSync(shell, [...args, '-c', script], { encoding: 'utf8' })
  const acquire = (run: string, options: { dead?: number; recover?: boolean } = {}) =>
    answerOf(sh(acquireScript(root, owner(run), { nonce: 'n', ...options })))
  const lock = () => join(root, '.stellwerk/lock')

  test('is granted once, says who holds it, and is free after release', () => {
    expect(acquire('run-a')).toEqual({ kind: 'granted', token: 1 })
    expect(acquire('run-b')).toMatchObject({
      kind: 'held',
      expired: false,
      changed: false,
      owner: { run: 'run-a', by: 'anna', machine: 'laptop' },
    })

    sh(releaseScript(root, owner('run-b')))
    expect(acquire('run-b')).toMatchObject({ kind: 'held' })

    sh(releaseScript(root, owner('run-a')))
    expect(acquire('run-b')).toEqual({ kind: 'granted', token: 2 })
    expect(readdirSync(join(root, '.stellwerk')).toSorted()).toEqual(['lock', 'reserve', 'runs', 'token'])
  })

  test('an expired lease of a run that changed nothing is taken over', () => {
    acquire('run-a')
    age(lock(), 61)

    expect(acquire('run-b')).toEqual({ kind: 'granted', token: 2 })
    expect(JSON.parse(readFileSync(lock(), 'utf8'))).toMatchObject({ run: 'run-b', token: 2 })
  })

  test('an expired lease of a run that changed something is left to recover, and only recover takes it', () => {
    acquire('run-a')
    sh(
      `mkdir -p '${root}/.stellwerk/runs/run-a'; echo '{"v":1,"type":"intent"}' >'${root}/.stellwerk/runs/run-a/journal.jsonl'`,
    )
    age(lock(), 61)

    expect(acquire('run-b')).toMatchObject({ kind: 'held', expired: true, changed: true })
    expect(acquire('run-a', { dead: 1, recover: true })).toEqual({ kind: 'granted', token: 2 })
  })

  test('a run that is known to be dead need not expire; another one must', () => {
    acquire('run-a')

    expect(acquire('run-b', { dead: 7 })).toMatchObject({ kind: 'held' })
    expect(acquire('run-b', { dead: 1 })).toEqual({ kind: 'granted', token: 2 })
  })

  test('a claim left by a crash in the take-over ages out', () => {
    acquire('run-a')
    age(lock(), 200)
    writeFileSync(`${lock()}.claim-1`, '')

    expect(acquire('run-b')).toMatchObject({ kind: 'held' })
    age(`${lock()}.claim-1`, 61)
    expect(acquire('run-b')).toEqual({ kind: 'granted', token: 2 })
  })

  test('a freeze refuses until its time, with its reason', () => {
    acquire('run-a')
    sh(releaseScript(root, owner('run-a')))
    writeFileSync(
      join(root, '.stellwerk/freeze'),
      `${Math.round(Date.now() / 1000) + 100}\nanna\ntrade fair\n`,
    )
    expect(acquire('run-b')).toMatchObject({ kind: 'frozen', reason: 'trade fair', by: 'anna' })

    writeFileSync(join(root, '.stellwerk/freeze'), `${Math.round(Date.now() / 1000) - 1}\nanna\ntrade fair\n`)
    expect(acquire('run-b')).toMatchObject({ kind: 'granted' })
  })

  // Each asker is an attempt of its own: another run, or another `recover` of the same dead run.
  const ask = (run: string, nonce: string, options: { dead?: number; recover?: boolean }) =>
    new Promise<LockAnswer>(resolve => {
      const script = acquireScript(root, owner(run), { nonce, ...options })
      const child = spawn(shell, [...args, '-c', script])
      let output = ''
      child.stdout.on('data', chunk => {
        output += chunk
      })
      child.on('close', () => resolve(answerOf(output, nonce)))
    })
  const granted = async (asking: readonly Promise<LockAnswer>[]) =>
    (await Promise.all(asking)).filter(answer => answer.kind === 'granted').length
  const twelve = Array.from({ length: 12 }, (_, index) => index)

  test('of many that ask at once exactly one gets it', async () => {
    expect(await granted(twelve.map(index => ask(`run-${index}`, `n${index}`, {})))).toBe(1)
  })

  test('of many that find the same dead lock exactly one takes it over', async () => {
    acquire('run-0')

    expect(await granted(twelve.map(index => ask(`run-${index}`, `n${index}`, { dead: 1 })))).toBe(1)
  })

  test('of many that recover the same run at once exactly one does', async () => {
    acquire('run-a')

    expect(await granted(twelve.map(index => ask('run-a', `n${index}`, { dead: 1, recover: true })))).toBe(1)
  })

  test('an unwritable root is a failure with the reason, never a grant', () => {
    rmSync(root, { recursive: true })
    writeFileSync(root, 'a file')

    expect(acquire('run-a')).toMatchObject({ kind: 'failed' })
  })
})

test('no answer is never a grant', () => {
  expect(answerOf('Segmentation fault')).toMatchObject({ kind: 'failed' })
})
