import { chmod, chown, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runFragment } from '../../../test/rigs/fragment.ts'
import { makeLocalHost } from '../../hosts/local.ts'
import { drillOpenKind } from './drill/open.ts'
import { openKind } from './open.ts'
import { drillNotOurs, ourProblem } from './own.ts'

let base: string
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'stw-own-'))
})
afterEach(() => rm(base, { recursive: true }))

const common = { id: 'open', host: 'web1', timeout: 60_000, title: { en: '', de: '' } }
const context = { root: '/nowhere' } as never

/** The step that opens a drill, and the one that opens a set; both work in `<directory>/<below>`. */
const steps = {
  drill: (directory: string) => {
    const step = {
      ...common,
      kind: 'drill.open',
      directory: `${directory}/drill/run`,
      expected: 1,
      reserve: 1,
    } as never
    return { step, text: drillOpenKind.run(step, context), explain: drillOpenKind.explain }
  },
  spool: (directory: string) => {
    const step = {
      ...common,
      kind: 'backup.open',
      directory,
      set: '20261120T010000Z-4f1a',
      expected: 1,
      reserve: 1,
      pending: [],
      known: [],
    } as never
    return { step, text: openKind.run(step, context), explain: openKind.explain }
  },
}
const codes = { drill: 'STW-B409', spool: 'STW-B004' }

/** Ways in which somebody else may have a hand in a directory. */
const foreign = {
  'of another user': (path: string) => chown(path, 4242, 4242),
  'writable for its group': (path: string) => chmod(path, 0o770),
  'writable for everybody': (path: string) => chmod(path, 0o1777),
}

describe.each(['drill', 'spool'] as const)('%s', below => {
  const open = async (shell: string) => {
    const { step, text, explain } = steps[below](join(base, "it's"))
    const ended = await runFragment(`sw_root=${'/nowhere'}; sw_state=/nowhere; sw_rundir=/nowhere\n${text}`, {
      shell,
    })
    const [key = '', ...args] = ended.report
    return { ...ended, problem: key === '' ? undefined : explain?.(step, { key, args }) }
  }

  for (const shell of ['dash', 'busybox sh'])
    for (const place of ['', below])
      it.skipIf(process.getuid?.() !== 0).each(Object.entries(foreign))(
        `refuses ${place === '' ? 'a directory' : 'what is below it'} %s (${shell})`,
        async (_, spoil) => {
          const top = join(base, "it's")
          await mkdir(join(top, below), { recursive: true, mode: 0o755 })
          const spoiled = join(top, place)
          await spoil(spoiled)

          const { problem } = await open(shell)

          expect(problem).toMatchObject({ code: codes[below], where: { host: 'web1' } })
          expect(problem?.what.en).toContain(join(spoiled))
          expect(await readdir(join(top, below))).toEqual([])
        },
      )

  it.skipIf(process.getuid?.() !== 0)('refuses a link that another user made', async () => {
    await mkdir(join(base, 'ours'))
    await symlink(join(base, 'ours'), join(base, "it's"))
    const { lchown } = await import('node:fs/promises')
    await lchown(join(base, "it's"), 4242, 4242)
    expect((await open('dash')).problem?.code).toBe(codes[below])
    expect(await readdir(join(base, 'ours'))).toEqual([])
  })

  it.each(['dash', 'busybox sh'])('takes a directory of its own, mode 0755 (%s)', async shell => {
    await mkdir(join(base, "it's", below), { recursive: true })
    await chmod(join(base, "it's"), 0o755)
    const { code, problem } = await open(shell)
    expect(problem).toBeUndefined()
    expect(code).toBe(0)
  })
})

describe('before a lock is taken', () => {
  const host = makeLocalHost({ name: 'web1' })
  const ask = (directory: string) => ourProblem(host, [directory], drillNotOurs)

  it('a directory that others can write is a problem', async () => {
    await chmod(base, 0o777)
    expect(await ask(base)).toMatchObject({ code: 'STW-B409' })
    await chmod(base, 0o700)
    expect(await ask(base)).toBeUndefined()
  })

  it('one that is not there yet is none', async () => {
    expect(await ask(join(base, 'later'))).toBeUndefined()
  })
})
