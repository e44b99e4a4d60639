import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type ServiceStart,
  type ServiceStop,
  serviceStart,
  serviceStop,
} from '../../src/services/process/kinds.ts'
import type { ProcessSpec } from '../../src/services/process/spec.ts'
import { full } from '../rigs/full.ts'
import { alive, freePort, makeStage, type Shell, until } from './services.stage.ts'

const old = '20261121_021500-aaaaaaa'
const next = '20261122_021500-bbbbbbb'
const node = process.execPath

const server = `const http = require('node:http')
http.createServer((q, s) => s.end(process.env.RELEASE + ' ' + process.cwd() + ' ' + (process.env.GREETING ?? ''))).listen(+process.env.PORT, '127.0.0.1')
console.log('listening as', process.env.RELEASE)
`

const title = { en: 'x', de: 'x' }
const undo = { how: 'auto', title } as const

describe.each<Shell>(['dash', ...(full ? (['bash'] as const) : []), 'busybox'])(
  'a process service under %s',
  shell => {
    let field: ReturnType<typeof makeStage>
    let specs: ProcessSpec[]

    beforeEach(() => {
      field = makeStage(shell)
      specs = []
      field.release(old, { 'server.cjs': server })
      field.release(next, { 'server.cjs': server })
    })

    afterEach(async () => {
      for (const spec of specs)
        await field.stage.run(
          serviceStop,
          stop({ ...spec, stop: { signal: 'KILL' as 'TERM', timeout: 5000 } }),
        )
      for (const slot of [0, 1]) {
        const supervisor = fact(slot, 'pid', 'supervisor')
        if (supervisor && alive(Number(supervisor))) throw new Error(`a supervisor survived: ${supervisor}`)
      }
      field.remove()
    })

    function spec(props: Partial<ProcessSpec> = {}): ProcessSpec {
      const made: ProcessSpec = {
        service: 'web',
        slot: 0,
        release: old,
        command: `${node} server.cjs`,
        env: {},
        secrets: [],
        ready: 15_000,
        stop: { signal: 'TERM', timeout: 10_000 },
        restart: { onFailure: true, max: 5, within: 600_000, delay: 1000 },
        log: { maxSize: 10_000_000, keep: 5 },
        ...props,
      }
      specs.push(made)
      return made
    }
    const start = (of: ProcessSpec): ServiceStart => ({
      id: 's',
      kind: 'service.start',
      host: 'h',
      title,
      timeout: 60_000,
      undo,
      spec: of,
    })
    const stop = (of: ProcessSpec): ServiceStop => ({
      id: 't',
      kind: 'service.stop',
      host: 'h',
      title,
      timeout: 60_000,
      undo,
      spec: of,
    })
    const slotFile = (slot: number, name: string) =>
      join(field.stage.root, '.stellwerk/services/web', String(slot), name)
    const log = (slot = 0) =>
      existsSync(slotFile(slot, 'log/current.log'))
        ? readFileSync(slotFile(slot, 'log/current.log'), 'utf8')
        : ''
    function fact(slot: number, file: string, key: string, column = 1): string | undefined {
      if (!existsSync(slotFile(slot, file))) return undefined
      const line = readFileSync(slotFile(slot, file), 'utf8')
        .split('\n')
        .find(each => each.startsWith(`${key} `))
      return line?.split(' ')[column]
    }
    const pid = (slot = 0) => Number(fact(slot, 'pid', 'pid'))

    it('starts from the release directory, answers on its port, and lets the session go', async () => {
      const port = await freePort()
      const one = spec({ port, env: { GREETING: `it's $HOME %s "\${DB}"\\` }, secrets: ['DB'] })

      const acted = await field.stage.run(serviceStart, start(one), { DB: `s'3 "$x` })

      expect(acted).toMatchObject({ ok: true, data: { pid: String(pid()), port: String(port) } })
      const answer = await (await fetch(`http://127.0.0.1:${port}`)).text()
      expect(answer).toBe(`${old} ${field.stage.root}/releases/${old} it's $HOME %s "s'3 "$x"\\`)
      expect(await field.stage.inspect(serviceStart, start(one))).toBe('done')
      expect(await field.stage.inspect(serviceStop, stop(one))).toBe('undone')
      const left = execFileSync('sh', ['-c', `grep -rl "s'3" ${field.stage.root}/.stellwerk || :`], {
        encoding: 'utf8',
      })
      expect(left).toBe('')
      const environment = readFileSync(`/proc/${pid()}/environ`, 'utf8').split('\0')
      expect(environment.filter(line => /^(DB|LC_ALL)=/.test(line))).toEqual([])
    })

    it('stops it with everything it started, and stopping again is fine', async () => {
      const one = spec({
        command: `trap '' TERM; sh -c 'sleep 1000 & echo "grand $!"; wait' & echo "child $!"; wait; wait`,
        stop: { signal: 'TERM', timeout: 1000 },
      })
      expect((await field.stage.run(serviceStart, start(one))).ok).toBe(true)
      await until('both have spoken', () => /grand \d+/.test(log()) && /child \d+/.test(log()))
      const pids = [...log().matchAll(/(?:grand|child) (\d+)/g)].map(match => Number(match[1]))

      const acted = await field.stage.run(serviceStop, stop(one))

      expect(acted).toMatchObject({ ok: true, data: { killed: 'yes' } })
      expect(Number(acted.data['ms'])).toBeGreaterThanOrEqual(1000)
      expect([...pids, pid()].filter(alive)).toEqual([])
      expect(fact(0, 'exit', 'asked')).toBe('yes')
      expect(await field.stage.inspect(serviceStop, stop(one))).toBe('done')
      expect(await field.stage.inspect(serviceStart, start(one))).toBe('undone')
      expect(await field.stage.run(serviceStop, stop(one))).toMatchObject({ ok: true, data: { ms: '0' } })
    })

    it.each(['TERM', 'INT', 'QUIT', 'HUP', 'USR1'] as const)('ends by %s without a restart', async signal => {
      const command = `${node} -e "process.on('SIG${signal}', () => { console.log('got it'); process.exit(3) }); setInterval(() => {}, 1000); console.log('up')"`
      const one = spec({ command, stop: { signal, timeout: 10_000 } })
      expect((await field.stage.run(serviceStart, start(one))).ok).toBe(true)
      await until('it is up', () => log().includes('up'))

      const acted = await field.stage.run(serviceStop, stop(one))

      expect(acted).toMatchObject({ ok: true, data: { killed: 'no' } })
      await until('its last words are in the log', () => log().includes('got it'))
      expect(fact(0, 'exit', 'code')).toBe('3')
      expect(alive(Number(fact(0, 'pid', 'supervisor')))).toBe(false)
    })

    it('hands the app every signal as the system made it', async () => {
      const one = spec({ command: 'sleep 1000' })

      expect((await field.stage.run(serviceStart, start(one))).ok).toBe(true)

      expect(/^SigIgn:\s*(\S+)$/m.exec(readFileSync(`/proc/${pid()}/status`, 'utf8'))?.[1]).toBe(
        '0000000000000000',
      )
      expect(readFileSync(`/proc/${pid()}/cmdline`, 'utf8')).toContain('sleep')
    })

    it('finds a daemon that left the group', async () => {
      const one = spec({ command: `setsid sh -c 'echo "daemon $$"; exec sleep 1000' & wait` })
      expect((await field.stage.run(serviceStart, start(one))).ok).toBe(true)
      await until('the daemon has spoken', () => /daemon \d+/.test(log()))
      const daemon = Number(/daemon (\d+)/.exec(log())?.[1])

      expect((await field.stage.run(serviceStop, stop(one))).ok).toBe(true)

      expect(alive(daemon)).toBe(false)
    })

    it('says why a process died before it was ready, and leaves nothing behind', async () => {
      const acted = await field.stage.run(
        serviceStart,
        start(spec({ command: 'echo "no database" >&2; exit 7', port: await freePort() })),
      )

      expect(acted.ok).toBe(false)
      expect(acted.report).toEqual({ key: 'died', args: ['7', 'no database'] })
      // It told how the process ended and is about to end itself.
      await until('the supervisor ends', () => !alive(Number(fact(0, 'pid', 'supervisor'))))
      expect(serviceStart.explain?.(start(spec()), acted.report!)).toMatchObject({
        code: 'STW-S001',
        what: { en: 'web ended with exit code 7 before it was ready' },
        why: { en: 'no database' },
      })
    })

    it('ends a process that lives but never listens', async () => {
      const acted = await field.stage.run(
        serviceStart,
        start(spec({ command: 'echo here; exec sleep 1000', port: await freePort(), ready: 1000 })),
      )

      expect(acted.report).toEqual({ key: 'not-listening', args: ['1', 'here'] })
      expect(alive(pid())).toBe(false)
    })

    it('names the program that has its port', async () => {
      const other: Server = createServer().listen(0, '127.0.0.1')
      await once(other, 'listening')
      const address = other.address()
      const port = typeof address === 'object' && address ? address.port : 0

      const acted = await field.stage.run(serviceStart, start(spec({ port })))
      other.close()

      expect(acted.report?.key).toBe('port-taken')
      expect(acted.report?.args.slice(0, 2)).toEqual([String(port), String(process.pid)])
    })

    it('restarts after a crash with a growing pause, and gives up visibly', async () => {
      const one = spec({
        command: 'echo "try"; sleep 1.5; exit 9',
        restart: { onFailure: true, max: 2, within: 600_000, delay: 1000 },
      })
      expect((await field.stage.run(serviceStart, start(one))).ok).toBe(true)

      await until(
        'it waits for a restart',
        () => fact(0, 'exit', 'retry') !== undefined && fact(0, 'exit', 'retry') !== 'no',
      )
      expect(fact(0, 'exit', 'code')).toBe('9')
      await until('it gave up', () => fact(0, 'exit', 'retry') === 'no')

      expect(fact(0, 'pid', 'restarts')).toBe('2')
      expect(log().match(/try/g)).toHaveLength(3)
      expect(fact(0, 'exit', 'asked')).toBe('no')
      await until('the supervisor has gone', () => !alive(Number(fact(0, 'pid', 'supervisor'))))
      expect(await field.stage.inspect(serviceStart, start(one))).toBe('undone')
    })

    it('kills what a crashed app left behind before it starts again', async () => {
      const one = spec({ command: `sleep 1000 & echo "left $!"; sleep 1.5; exit 1` })
      expect((await field.stage.run(serviceStart, start(one))).ok).toBe(true)

      await until('it was started twice', () => (log().match(/left/g) ?? []).length === 2)

      const left = Number(/left (\d+)/.exec(log())?.[1])
      expect(alive(left)).toBe(false)
    })

    it('a stop during the pause after a crash is final', async () => {
      const one = spec({
        command: 'sleep 1.5; exit 1',
        restart: { onFailure: true, max: 5, within: 600_000, delay: 20_000 },
      })
      expect((await field.stage.run(serviceStart, start(one))).ok).toBe(true)
      await until('it waits', () => fact(0, 'exit', 'retry') !== undefined)

      expect((await field.stage.run(serviceStop, stop(one))).ok).toBe(true)

      expect(alive(Number(fact(0, 'pid', 'supervisor')))).toBe(false)
    })

    it('is not fooled by a process number that was used again', async () => {
      const one = spec({ command: 'exec sleep 1000' })
      expect((await field.stage.run(serviceStart, start(one))).ok).toBe(true)
      const supervisor = Number(fact(0, 'pid', 'supervisor'))
      process.kill(supervisor, 'SIGKILL')
      process.kill(pid(), 'SIGKILL')
      await until('both are gone', () => !alive(pid()) && !alive(supervisor))
      const before = readFileSync(slotFile(0, 'pid'), 'utf8')
      // The numbers now belong to this very test; their start times do not match.
      const forged = before.replace(/^(pid|supervisor|group) \d+/gm, `$1 ${process.pid}`)
      writeFileSync(slotFile(0, 'pid'), forged)

      expect(await field.stage.inspect(serviceStart, start(one))).toBe('undone')
      expect(await field.stage.run(serviceStop, stop(one))).toMatchObject({ ok: true, data: { ms: '0' } })

      expect(alive(process.pid)).toBe(true)
      writeFileSync(slotFile(0, 'pid'), before)
    })

    it('tells the truth after its supervisor was killed, and can still stop', async () => {
      const one = spec({ port: await freePort() })
      expect((await field.stage.run(serviceStart, start(one))).ok).toBe(true)
      const app = pid()
      process.kill(Number(fact(0, 'pid', 'supervisor')), 'SIGKILL')
      await until('the supervisor is gone', () => !alive(Number(fact(0, 'pid', 'supervisor'))))

      expect(await field.stage.inspect(serviceStart, start(one))).toBe('done')
      expect((await field.stage.run(serviceStop, stop(one))).ok).toBe(true)

      expect(alive(app)).toBe(false)
      expect(await field.stage.inspect(serviceStop, stop(one))).toBe('done')
    })

    it('rotates the log under load without losing a line', async () => {
      const lines = 60_000
      const command = `${node} -e "let i = 0; const more = () => { while (i < ${lines}) if (!process.stdout.write('line ' + i++ + ' ' + 'x'.repeat(i % 90) + '\\n')) return process.stdout.once('drain', more); setInterval(() => {}, 1000) }; more()"`
      const one = spec({ command, log: { maxSize: 300_000, keep: 50 } })

      expect((await field.stage.run(serviceStart, start(one))).ok).toBe(true)
      await until('the last line is there', () => log().includes(`line ${lines - 1} `))

      const files = readdirSync(slotFile(0, 'log')).sort((a, b) => order(b) - order(a))
      expect(files.length).toBeGreaterThan(3)
      const texts = files.map(name => readFileSync(slotFile(0, join('log', name)), 'utf8'))
      expect(texts.filter(text => !text.endsWith('\n'))).toEqual([])
      const numbers =
        texts
          .join('')
          .match(/(?<=^line )\d+/gm)
          ?.map(Number) ?? []
      expect(numbers).toEqual(Array.from({ length: lines }, (_, index) => index))
    })

    it('keeps only so many log files', async () => {
      const one = spec({
        command: `i=0; while [ $i -lt 60 ]; do dd if=/dev/zero bs=1000 count=10 2>/dev/null | tr '\\000' x; echo; i=$((i+1)); done; exec sleep 1000`,
        log: { maxSize: 20_000, keep: 2 },
      })
      expect((await field.stage.run(serviceStart, start(one))).ok).toBe(true)
      await until('it was rotated', () => existsSync(slotFile(0, 'log/current.log.2')))
      // Between two files there is none for a moment.
      await until('it is written to', () => existsSync(slotFile(0, 'log/current.log')))

      expect(readdirSync(slotFile(0, 'log')).sort()).toEqual([
        'current.log',
        'current.log.1',
        'current.log.2',
      ])
    })

    it('two slots overlap; undoing a stop brings the old release back as it was', async () => {
      const a = spec({ port: await freePort(), env: { GREETING: 'as before' } })
      const b = spec({ port: await freePort(), slot: 1, release: next })
      expect((await field.stage.run(serviceStart, start(a))).ok).toBe(true)
      expect((await field.stage.run(serviceStart, start(b))).ok).toBe(true)
      expect(alive(pid(0)) && alive(pid(1))).toBe(true)
      expect((await field.stage.run(serviceStop, stop(a))).ok).toBe(true)

      // What the config says meanwhile does not matter: the release starts as it was started.
      const acted = await field.stage.undo(serviceStop, stop({ ...a, env: { GREETING: 'changed' } }))

      expect(acted.ok).toBe(true)
      expect(await (await fetch(`http://127.0.0.1:${a.port}`)).text()).toContain('as before')
    })

    it('refuses a slot in which another release runs, and an undo does not touch that one', async () => {
      const a = spec({ port: await freePort() })
      const b = spec({ port: a.port!, release: next })
      expect((await field.stage.run(serviceStart, start(a))).ok).toBe(true)
      const before = pid()

      const acted = await field.stage.run(serviceStart, start(b))
      expect(acted.report).toEqual({ key: 'slot-busy', args: [old, String(before)] })
      expect((await field.stage.undo(serviceStart, start(b))).ok).toBe(true)

      expect(alive(before)).toBe(true)
      expect(await field.stage.run(serviceStart, start(a))).toMatchObject({
        ok: true,
        data: { pid: String(before) },
      })
    })

    it('does not start without its secret', async () => {
      const acted = await field.stage.run(serviceStart, start(spec({ secrets: ['DB'], env: { X: '${DB}' } })))

      expect(acted.report).toEqual({ key: 'no-secret', args: ['DB'] })
    })
  },
)

function order(name: string): number {
  return Number(/\.log\.(\d+)$/.exec(name)?.[1] ?? 0)
}
