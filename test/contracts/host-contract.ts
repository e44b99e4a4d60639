// What every Host must do, whatever it is reached over. Run by the local host and by ssh hosts with three shells.
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable, Writable } from 'node:stream'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { quote, words } from '../../src/core/shell.ts'
import type { Host, ScriptOptions } from '../../src/engine/host.ts'
import { isAlive } from '../rigs/processes.ts'

/** A host on this machine (over loopback or not), so that its processes can be seen from here. */
export interface HostUnderTest extends AsyncDisposable {
  readonly host: Host
  /** Sessions as the other side counts them; absent where there is no other side. */
  sessionsOpened?(): number
}

const timeout = 30_000

/** `plain`: every script may travel as an argument, except where the promise is that it does not. */
export function hostContract(name: string, make: () => Promise<HostUnderTest>, plain = false): void {
  describe(`a host: ${name}`, () => {
    let rig: HostUnderTest
    let host: Host
    beforeAll(async () => {
      rig = await make()
      host = rig.host
    })
    afterAll(() => rig?.[Symbol.asyncDispose]())

    const run = (script: string, options: Partial<ScriptOptions> = {}) =>
      host.run(script, { timeout, plain, ...options })

    it.each([0, 1, 2, 77, 128, 254, 255])('reports exit code %i', async code => {
      const { ending } = await run(`exit ${code}`)

      expect(ending).toEqual({ kind: 'exit', code })
    })

    it('keeps both streams apart and byte for byte, also without a last newline', async () => {
      const seen: string[] = []

      const result = await run('echo one; printf two; echo three >&2; printf "four\\n\\n" >&2', {
        onLine: (line, stream) => seen.push(`${stream} ${line}`),
      })

      expect(result).toEqual({
        ending: { kind: 'exit', code: 0 },
        stdout: 'one\ntwo',
        stderr: 'three\nfour\n\n',
      })
      expect(seen.toSorted()).toEqual(['stderr ', 'stderr four', 'stderr three', 'stdout one', 'stdout two'])
    })

    it('gives the bytes of a script to a sink, whole, and no faster than it takes them', async () => {
      const hash = createHash('sha256')
      let bytes = 0
      let waiting = 0
      const sink = new Writable({
        highWaterMark: 1,
        write(chunk: Buffer, _, done) {
          waiting += 1
          bytes += chunk.length
          hash.update(chunk)
          // The script has ended long before its bytes are taken.
          setImmediate(() => {
            waiting -= 1
            done()
          })
          expect(waiting).toBe(1)
        },
      })

      const result = await run('head -c 20000000 /dev/zero | tr "\\0" "x"; echo aside >&2', { sink })
      sink.end()
      await once(sink, 'finish')

      expect(result).toEqual({ ending: { kind: 'exit', code: 0 }, stdout: '', stderr: 'aside\n' })
      expect(bytes).toBe(20_000_000)
      expect(hash.digest('hex')).toBe(createHash('sha256').update('x'.repeat(20_000_000)).digest('hex'))
    })

    it('says that a script is lost when its sink fails', async () => {
      const sink = new Writable({ write: (_chunk, _, done) => done(new Error('full')) })

      const { ending } = await run('while :; do echo data; done', { sink })

      expect(ending).toEqual({ kind: 'lost', why: expect.stringContaining('full') })
    })

    it('runs an empty script and one that ends in a comment', async () => {
      expect((await run('')).ending).toEqual({ kind: 'exit', code: 0 })
      expect((await run('exit 4 # because')).ending).toEqual({ kind: 'exit', code: 4 })
    })

    it('stops at the first failure under set -e', async () => {
      const { ending, stdout } = await run('set -eu\necho before\nfalse\necho after')

      expect(ending).toEqual({ kind: 'exit', code: 1 })
      expect(stdout).toBe('before\n')
    })

    it('runs nothing of a script with a syntax error at its end', async () => {
      const { ending, stdout, stderr } = await run('echo ran\nif true; then echo ran')

      expect(ending).toMatchObject({ kind: 'exit' })
      expect(ending).not.toMatchObject({ code: 0 })
      expect(stdout).toBe('')
      expect(stderr).not.toBe('')
    })

    it('gives a script nothing to read, no variables of the transport, and a here-document', async () => {
      const { stdout } = await run('cat; echo "[${sw_p-}${sw_s-}]"; cat <<END\nin $((1 + 1))\nEND')

      expect(stdout).toBe('[]\nin 2\n')
    })

    it('gives each line when it is written, not at the end', async () => {
      const heard: string[] = []
      const release = Promise.withResolvers<void>()
      const file = `/tmp/swc-${randomBytes(6).toString('hex')}`

      const running = run(
        `echo first; while [ ! -e ${file} ]; do sleep 0.02; done; rm ${file}; echo second`,
        {
          onLine: line => {
            heard.push(line)
            release.resolve()
          },
        },
      )
      await release.promise
      const before = [...heard]
      await run(`: >${file}`)
      await running

      expect(before).toEqual(['first'])
      expect(heard).toEqual(['first', 'second'])
    })

    it('passes a big output on in full, and keeps the last MiB of it', async () => {
      const lines = 400_000
      let count = 0
      let last = ''

      const { ending, stdout, stderr } = await run(
        `i=0; while [ $i -lt 20 ]; do seq ${lines / 20}; seq ${lines / 20} >&2; i=$((i + 1)); done; echo last; echo last >&2`,
        {
          onLine: line => {
            count += 1
            last = line
          },
        },
      )

      expect(ending).toEqual({ kind: 'exit', code: 0 })
      expect(count).toBe(2 * lines + 2)
      expect(last).toBe('last')
      for (const text of [stdout, stderr]) {
        expect(text.endsWith(`${lines / 20}\nlast\n`)).toBe(true)
        expect(text.length).toBe(1024 * 1024)
      }
    })

    it('does not break characters between chunks', async () => {
      const text = 'grün 中文 🚦 '.repeat(20_000)

      const { stdout } = await run('cat', { stdin: Readable.from(cut(Buffer.from(text), 4999)) })

      expect(stdout).toBe(text)
    })

    it('carries 50 MB on standard input without a change', async () => {
      const block = randomBytes(1024 * 1024)
      const sum = createHash('sha256')
      async function* blocks() {
        for (let i = 0; i < 50; i++) {
          block.writeUInt32LE(i)
          sum.update(block)
          yield Buffer.from(block)
        }
      }

      const { ending, stdout } = await run("sha256sum | cut -d ' ' -f 1", { stdin: Readable.from(blocks()) })

      expect(ending).toEqual({ kind: 'exit', code: 0 })
      expect(stdout.trim()).toBe(sum.digest('hex'))
    })

    it('carries a long script beside data', async () => {
      const long = `: ${quote("a 'b' \\ \n".repeat(30_000))}\ncat\necho end`

      expect((await run(long, { stdin: Readable.from(['data\n']) })).stdout).toBe('data\nend\n')
      expect((await run(long)).stdout).toBe('end\n')
    })

    it('ends when the script ends, also when it did not read its data', async () => {
      const endless = Readable.from(
        (async function* () {
          for (;;) yield Buffer.alloc(65_536)
        })(),
      )

      const { ending, stdout } = await run('head -c 10 | wc -c; exit 3', { stdin: endless })

      expect(ending).toEqual({ kind: 'exit', code: 3 })
      expect(stdout.trim()).toBe('10')
    })

    it('does not let half the data pass for all of it', async () => {
      const broken = Readable.from(
        (async function* () {
          yield 'half'
          throw new Error('the disk is gone')
        })(),
      )

      const { ending, stdout } = await run('cat >/dev/null; echo complete', { stdin: broken })

      expect(ending).toEqual({ kind: 'lost', why: 'the data for the script broke off: the disk is gone' })
      expect(stdout).toBe('')
    })

    it('hands every character of a quoted word to the command', async () => {
      const every = String.fromCharCode(...Array.from({ length: 255 }, (_, i) => i + 1))
      const word = fc.oneof(
        fc.string({
          unit: fc.integer({ min: 1, max: 255 }).map(code => String.fromCharCode(code)),
          maxLength: 60,
        }),
        fc.string({ unit: 'binary', maxLength: 30 }).map(text => text.replaceAll('\0', '')),
      )

      await fc.assert(
        fc.asyncProperty(
          fc.array(word, { minLength: 1, maxLength: 20 }),
          fc.boolean(),
          async (values, data) => {
            const script = words('printf', '%s\\n--\\n', ...values)
            const { ending, stdout } = await run(script, data ? { stdin: Readable.from(['x']) } : {})

            expect(ending).toEqual({ kind: 'exit', code: 0 })
            expect(stdout).toBe(values.map(value => `${value}\n--\n`).join(''))
          },
        ),
        {
          numRuns: 25,
          examples: [
            [[every, '', "'", '\\', '-n', '$(exit 9)', '!!', '%s', '\r\n'], false],
            [[every], true],
          ],
        },
      )
    })

    it.each(['KILL', 'TERM', 'SEGV'])('never takes death by SIG%s for an exit', async signal => {
      const own = await run(`kill -${signal} $$; sleep 0.1`)
      const child = await run(`sh -c 'kill -${signal} $$'`)

      expect(['signal', 'lost']).toContain(own.ending.kind)
      expect(child.ending).toEqual({ kind: 'signal', signal: `SIG${signal}` })
    })

    it('ends the whole process group when time is up, TERM ignored or not', async () => {
      const script = `trap '' TERM
        sh -c 'sleep 1000 & echo $!; echo $$; sleep 1000' &
        echo $!; sleep 1000`

      const { ending, stdout } = await run(script, { timeout: 400 })

      const pids = stdout.trim().split('\n').map(Number)
      expect(ending).toEqual({ kind: 'timeout' })
      expect(pids).toHaveLength(3)
      expect(await Promise.all(pids.map(isAlive))).toEqual([false, false, false])
    })

    it('ends the whole process group on abort', async () => {
      const controller = new AbortController()

      const { ending, stdout } = await run('sleep 1000 & echo $!; wait', {
        signal: controller.signal,
        onLine: () => controller.abort(),
      })

      expect(ending).toEqual({ kind: 'aborted' })
      expect(await isAlive(Number(stdout))).toBe(false)
    })

    it('starts nothing when the abort came first', async () => {
      const before = host.sessions

      const { ending } = await run('echo no', { signal: AbortSignal.abort() })

      expect(ending).toEqual({ kind: 'aborted' })
      expect(host.sessions).toBe(before)
    })

    it('does not wait for a process left in the background', async () => {
      const { ending, stdout } = await run('sleep 1000 & echo $!', { timeout: 5000 })

      expect(ending).toEqual({ kind: 'exit', code: 0 })
      expect(await isAlive(Number(stdout))).toBe(true)
      process.kill(Number(stdout))
    })

    it('runs twenty scripts at once and keeps them apart', async () => {
      const results = await Promise.all(Array.from({ length: 20 }, (_, i) => run(`echo ${i}; exit ${i}`)))

      expect(results.map(({ stdout }) => stdout)).toEqual(Array.from({ length: 20 }, (_, i) => `${i}\n`))
      expect(results.map(({ ending }) => ending)).toEqual(
        Array.from({ length: 20 }, (_, i) => ({ kind: 'exit', code: i })),
      )
    })

    it('counts its sessions, those for ending a script included', async () => {
      const [mine, theirs] = [host.sessions, rig.sessionsOpened?.() ?? 0]

      await run('true')
      await Promise.all([run('true'), run('cat', { stdin: Readable.from(['x']) })])
      await run('sleep 1000', { timeout: 100 })
      const { port } = await host.tunnel('127.0.0.1', 9)

      expect(port).toBeGreaterThan(0)
      if (rig.sessionsOpened) {
        expect(host.sessions - mine).toBe(5)
        expect(rig.sessionsOpened() - theirs).toBe(5)
      } else expect(host.sessions - mine).toBe(4)
    })

    it('reaches a server as the host sees it, and reuses the tunnel', async () => {
      const server = createServer((_, response) => response.end('here')).listen(0, '127.0.0.1')
      await once(server, 'listening')
      const { port } = server.address() as AddressInfo

      const [one, two] = await Promise.all([host.tunnel('127.0.0.1', port), host.tunnel('127.0.0.1', port)])
      const response = await fetch(`http://${one.host}:${one.port}/`)

      expect(await response.text()).toBe('here')
      expect(two).toEqual(one)
      server.closeAllConnections()
      server.close()
    })

    it('shows no secret in any list of processes while the script runs', async () => {
      const secret = `hunter2-${randomBytes(8).toString('hex')}`
      const lists: Promise<string[]>[] = []
      const onLine = () => void lists.push(commandLines())
      const script = `PASSWORD=${quote(secret)}; export PASSWORD; echo ready; sleep 0.3; [ ${'$'}{#PASSWORD} = ${secret.length} ]`

      const alone = await run(script, { onLine, plain: false })
      const data = await run(script, { onLine, plain: false, stdin: Readable.from(['x']) })

      expect([alone.ending, data.ending]).toEqual([
        { kind: 'exit', code: 0 },
        { kind: 'exit', code: 0 },
      ])
      const lines = (await Promise.all(lists)).flat()
      expect(lines.some(line => line.includes('stellwerk'))).toBe(true)
      expect(lines.filter(line => line.includes(secret))).toEqual([])
    })
  })
}

function* cut(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function commandLines(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter(entry => /^\d+$/.test(entry))
  return Promise.all(pids.map(pid => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
}
