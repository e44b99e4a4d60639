// sw_pack and sw_unpack in three shells and every packing: whatever goes wrong in a stage, nothing is taken for a whole file.
import { execFile, spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { quote } from '../../src/core/shell.ts'
import { type Packing, packedEnding, packingTools, streamLibrary } from '../../src/databases/stream.ts'
import { type FragmentOptions, type FragmentResult, runFragment } from '../rigs/fragment.ts'
import { full } from '../rigs/full.ts'
import { withoutTools } from './database-bench.ts'

const execute = promisify(execFile)
let directory: string
let work: string
let identity: string
let stranger: string
let recipient: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stw-stream-'))
  work = join(directory, 'work')
  const keys = await Promise.all([1, 2].map(async () => (await execute('age-keygen', [])).stdout))
  ;[identity = '', stranger = ''] = keys
  recipient = /age1\w+/.exec(identity)?.[0] ?? ''
})
afterAll(() => rm(directory, { recursive: true, force: true }))
beforeEach(async () => {
  await rm(work, { recursive: true, force: true })
  await mkdir(work)
})

// Text that no compressor makes small, so that every pipe fills up.
const noise = 'openssl enc -aes-128-ctr -pass pass:noise -nosalt -md sha256 </dev/zero 2>/dev/null'
const megabytes = (count: number) => `${noise} | head -c ${count}000000`

describe.each(['sh', ...(full ? ['bash'] : []), 'busybox sh'])('%s', shell => {
  describe.each(['zstd', 'gzip', 'none'] as const)('%s', compression => {
    describe.each([false, true])('encrypted: %s', encrypted => {
      const packing = (): Packing => ({ compression, recipients: encrypted ? [recipient] : [] })
      const file = () => join(work, `out.dump${packedEnding(packing())}`)
      const run = async (fragment: string, options: FragmentOptions = {}): Promise<FragmentResult> => {
        const result = await runFragment(
          `${streamLibrary(packing())}out=${quote(join(work, 'out.dump'))}\n${fragment}`,
          {
            shell,
            identity,
            ...options,
          },
        )
        // A stage that died without a word leaves its last word empty.
        return result.report[0] === 'stage' && result.report.length === 3
          ? { ...result, report: [...result.report, ''] }
          : result
      }
      const fails = async (fragment: string, report: readonly unknown[], options?: FragmentOptions) => {
        const result = await run(`${fragment}\necho went on`, options)
        expect(result).toMatchObject({ code: 1, report: ['stage', ...report] })
        expect(result.stdout).not.toContain('went on')
        expect(await readdir(work)).toEqual([])
        await noStrays()
        return result
      }
      /** A packed file of 3 MB. */
      const pack = async () => {
        const result = await run(`src() { ${megabytes(3)}; }\nsw_pack "$out" src`)
        expect(result).toMatchObject({ code: 0, report: [] })
        return file()
      }

      it('gives back every byte, through a reader of its own exit code', async () => {
        await pack()

        const result = await run(`sw_unpack "$(sw_packed "$out")" sha256sum
rc=0
sw_unpack "$(sw_packed "$out")" sh -c 'cat >/dev/null; exit 7' || rc=$?
echo "reader $rc"`)

        const { stdout } = await execute('sh', ['-c', `${megabytes(3)} | sha256sum`])
        expect(result.stdout).toBe(`${stdout}reader 7\n`)
        await noStrays()
      })

      it('makes a file of mode 0600 from its first byte, even in the place of a readable one', async () => {
        await writeFile(file(), 'old', { mode: 0o644 })

        const result = await run(
          `src() { stat -c %a "$(sw_packed "$out")" >"$sw_tmp/mode"; echo x; }\nsw_pack "$out" src; cat "$sw_tmp/mode"`,
        )

        expect(result.stdout).toBe('600\n')
        expect((await stat(file())).mode & 0o777).toBe(0o600)
      })

      it('fails when the source fails at the start, after 5 MB, by a signal, or does not exist', async () => {
        await fails(`src() { echo no such database >&2; return 3; }\nsw_pack "$out" src`, [
          'source',
          '3',
          expect.stringContaining('no such database'),
        ])
        await fails(`src() { ${megabytes(5)}; echo lost it >&2; exit 4; }\nsw_pack "$out" src`, [
          'source',
          '4',
          expect.stringContaining('lost it'),
        ])
        await fails(`sw_pack "$out" sh -c ${quote(`${megabytes(5)}; kill -TERM $$`)}`, [
          'source',
          '143',
          expect.any(String),
        ])
        await fails('sw_pack "$out" sw-no-such-program', [
          'source',
          '127',
          expect.stringContaining('not found'),
        ])
      })

      it('stops inside the source at the first command that fails', async () => {
        await fails(`src() { echo begin; false; echo end; }\nsw_pack "$out" src`, [
          'source',
          '1',
          expect.any(String),
        ])
      })

      it("keeps the source's own report", async () => {
        const result = await run(
          `src() { echo begin; sw_problem dump 5 "own words"; }\nsw_pack "$out" src; echo went on`,
        )

        expect(result).toMatchObject({ code: 1, report: ['dump', '5', 'own words'], stdout: '' })
        expect(await readdir(work)).toEqual([])
      })

      it('fails when a program of the packing is missing', async () => {
        for (const tool of foreign(shell, packingTools(packing()))) {
          const env = { PATH: await withoutTools(directory, [tool]) }
          await fails(
            `src() { ${megabytes(1)}; }\nsw_pack "$out" src`,
            [tool === 'age' ? 'write' : 'compress', '127', expect.stringContaining('not found')],
            { env },
          )
        }
      })

      it('fails when a stage is killed', async () => {
        for (const [stage, pid] of [
          ['compress', 'sw_two'],
          ['write', 'sw_three'],
        ] as const)
          await fails(`src() { ${megabytes(1)}; kill -KILL "$${pid}"; ${noise}; }\nsw_pack "$out" src`, [
            stage,
            '137',
            expect.any(String),
          ])
      })

      it('fails on a full disk and gives the space back', async () => {
        await execute('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', work])
        try {
          await fails(`src() { ${megabytes(5)}; }\nsw_pack "$out" src`, [
            'write',
            '1',
            expect.stringMatching(/no space left/i),
          ])
        } finally {
          await execute('umount', [work])
        }
      })

      it('fails where it cannot write', async () => {
        const result = await run('sw_pack "/nonexistent/out" echo x; echo went on')
        expect(result).toMatchObject({
          code: 1,
          stdout: '',
          report: ['stage', 'write', '1', expect.any(String)],
        })
      })

      it('does not unpack a file that is missing', async () => {
        await fails('sw_unpack "$(sw_packed "$out")" cat', [
          'decrypt',
          expect.any(String),
          expect.stringMatching(/no such file/i),
        ])
      })

      it('does not believe a reader that stops early', async () => {
        await pack()

        const early = await run('sw_unpack "$(sw_packed "$out")" head -c 10; echo went on')
        const failing = await run(
          `rc=0; sw_unpack "$(sw_packed "$out")" sh -c 'head -c 10 >/dev/null; exit 9' || rc=$?; echo "reader $rc"`,
        )

        expect(early).toMatchObject({ code: 1, report: ['stage', 'decompress', '141', ''] })
        expect(failing).toMatchObject({ code: 0, report: [], stdout: 'reader 9\n' })
        await noStrays()
      })

      // Without compression and encryption there is no sum inside: only the manifest's hash can tell.
      const sealed = compression !== 'none' || encrypted
      it.runIf(sealed)('notices a file that is cut, empty or has one wrong byte', async () => {
        const whole = await readFile(await pack())
        const stages = encrypted ? ['decrypt'] : ['decompress']
        const copy = file()
        for (const share of [0, 0.3, 0.6, 0.95]) {
          await writeFile(copy, whole)
          await truncate(copy, Math.floor(whole.length * share))
          await broken(`cut at ${share}`)
        }
        for (const place of [0.01, 0.5, 0.999]) {
          const bytes = Buffer.from(whole)
          const at = Math.floor(bytes.length * place)
          bytes[at] = (bytes[at] ?? 0) ^ 0x10
          await writeFile(copy, bytes)
          await broken(`byte ${at}`)
        }

        async function broken(what: string): Promise<void> {
          for (const reader of ['cat >/dev/null', 'cat >/dev/null; exit 5', 'head -c 10 >/dev/null']) {
            const result = await run(`sw_unpack "$(sw_packed "$out")" sh -c ${quote(reader)}; echo went on`)
            expect(result.code, `${what}: ${reader}`).not.toBe(0)
            expect(result.stdout).toBe('')
            if (!reader.startsWith('head'))
              expect(result.report.slice(0, 2), what).toEqual(['stage', ...stages])
          }
          await noStrays()
        }
      })

      it.runIf(encrypted)('does not open it with a wrong key or none', async () => {
        await pack()

        const results = [
          await run('sw_unpack "$(sw_packed "$out")" cat; echo went on', { identity: stranger }),
          await run('rm "$sw_identity"; sw_unpack "$(sw_packed "$out")" cat; echo went on'),
          await run('unset sw_identity; sw_unpack "$(sw_packed "$out")" cat; echo went on'),
        ]

        for (const result of results)
          expect(result).toMatchObject({
            code: 1,
            stdout: '',
            report: ['stage', 'decrypt', '1', expect.stringContaining('age:')],
          })
      })

      it.runIf(encrypted || compression !== 'none')('does not unpack without its program', async () => {
        await pack()
        for (const tool of foreign(shell, packingTools(packing()))) {
          const env = { PATH: await withoutTools(directory, [tool]) }
          const result = await run('sw_unpack "$(sw_packed "$out")" cat; echo went on', { env })
          const stage = tool === 'age' ? 'decrypt' : 'decompress'
          expect(result).toMatchObject({
            code: 1,
            stdout: '',
            report: ['stage', stage, '127', expect.stringContaining('not found')],
          })
        }
      })
    })
  })
})

/** Those of the tools that are programs of their own: some builds of BusyBox run their own gzip whatever PATH says. */
function foreign(shell: string, tools: readonly string[]): readonly string[] {
  const [program = 'sh', ...words] = shell.split(' ')
  const own = (tool: string) =>
    spawnSync(program, [...words, '-c', `PATH=/nonexistent; ${tool} --help`], { stdio: 'ignore' }).status !==
    127
  return tools.filter(tool => !own(tool))
}

/** Every stage was waited for: no process of a fragment is left, alive or not. */
async function noStrays(): Promise<void> {
  const lines = await Promise.all(
    (await readdir('/proc'))
      .filter(name => /^\d+$/.test(name))
      .map(pid => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  )
  expect(lines.filter(line => line.includes(work) || line.includes('pass:noise'))).toEqual([])
}
