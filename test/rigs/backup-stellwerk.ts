// Stellwerk as a Subject: the command, and what lies at the NAS, looked at without the program.
import { createHash } from 'node:crypto'
import { globSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { stringify } from 'yaml'
import { rebind } from '../helpers/rebind.ts'
import {
  execute,
  type RunEnd,
  type Running,
  type RunOptions,
  type Site,
  type Subject,
} from './backup-site.ts'
import { type Ended, startStellwerk } from './command-line.ts'

interface Lying {
  readonly id: string
  readonly directory: string
  readonly parts: readonly { readonly file: string; readonly sha256: string; readonly bytes: number }[]
  readonly verified: boolean
}

export async function stellwerkSubject(site: Site): Promise<Subject> {
  const directory = join(site.directory, 'stellwerk')
  const root = join(directory, 'root')
  const there = join(site.nas.files, 'backup')
  const sets = join(there, 'shop/production/daily')
  const golden = join(site.nas.directory, 'golden')
  await mkdir(root, { recursive: true })
  let older = ''

  const command = (words: readonly string[], options: RunOptions = {}, onLine?: (line: string) => void) =>
    startStellwerk(words, {
      cwd: directory,
      env: { XDG_STATE_HOME: join(directory, 'state'), ...environmentOf(options) },
      ...(onLine ? { onLine } : {}),
    })

  function start(options: RunOptions = {}): Running {
    const name = `stellwerk-${Math.random().toString(36).slice(2)}.yaml`
    const uploading = Promise.withResolvers<void>()
    uploading.promise.catch(() => {})
    const ready = writeFile(join(directory, name), stringify(documentOf(site, root, options)))
    const started = ready.then(() =>
      command(
        ['backup', 'production', '--class', 'daily', '--config', name, '--yes', '--json'],
        options,
        line => {
          if (line.includes('"type":"progress"')) uploading.resolve()
        },
      ),
    )
    return {
      ended: started.then(async running => {
        const ended = await running.ended
        uploading.reject(new Error(`it ended before it uploaded:\n${ended.said.slice(-1500)}`))
        return endOf(ended)
      }),
      uploading: uploading.promise,
      kill: () => void started.then(running => running.kill('SIGKILL')),
    }
  }

  async function all(): Promise<readonly Lying[]> {
    const found: Lying[] = []
    for (const id of (await readdir(sets).catch(() => [])).toSorted()) {
      const json = await readFile(join(sets, id, 'manifest.json'), 'utf8').catch(() => undefined)
      if (json === undefined) continue
      const verified = await readFile(join(sets, id, 'verified.json')).then(
        () => true,
        () => false,
      )
      found.push({ id, directory: join(sets, id), parts: JSON.parse(json).parts, verified })
    }
    return found
  }

  async function isWhole(set: Lying | undefined): Promise<boolean> {
    if (!set?.verified || set.parts.length === 0) return false
    for (const { file, sha256 } of set.parts) {
      const content = await readFile(join(set.directory, file)).catch(() => undefined)
      if (!content || createHash('sha256').update(content).digest('hex') !== sha256) return false
    }
    return true
  }

  async function newest(): Promise<Lying> {
    const set = (await all()).at(-1)
    if (!set || set.id === older) throw new Error('there is no new set')
    return set
  }

  await writeFile(join(directory, 'stellwerk.yaml'), stringify(documentOf(site, root, {})))
  const first = await start().ended
  if (first.code !== 0) throw new Error(`the first backup failed: ${first.said}`)
  await execute('cp', ['-a', there, golden])
  older = (await all())[0]?.id ?? ''

  return {
    name: 'Stellwerk',
    version: JSON.parse(await readFile(join(import.meta.dirname, '../../package.json'), 'utf8')).version,
    async reset() {
      await rm(there, { recursive: true, force: true })
      await execute('cp', ['-a', golden, there])
      await rm(root, { recursive: true, force: true })
      await mkdir(root)
    },
    start,
    olderIntact: async () => isWhole((await all()).find(({ id }) => id === older)),
    async newestWhole(what) {
      const set = (await all()).at(-1)
      if (!set || set.id === older || !(await isWhole(set))) return false
      if (what === undefined) return true
      const file = join(site.directory, 'copy.sqlite')
      await execute('zstd', ['-q', '-d', '-f', join(set.directory, 'db-notes.sqlite.zst'), '-o', file])
      return isConsistent(file)
    },
    async newestData() {
      const set = await newest()
      const [largest] = set.parts.toSorted((a, b) => b.bytes - a.bytes)
      return join(set.directory, largest?.file ?? '')
    },
    async prove() {
      const { id } = await newest()
      return endOf(await command(['backup', 'verify', 'production', id, '--yes', '--json']).ended)
    },
    async badNights() {
      // The worst nights: each left a set at the destination that does not count.
      const bad = await start({ database: 'empty' }).ended
      if (bad.code === 0) throw new Error('an empty source made a good set')
      const suspect = await newest()
      const now = Date.now()
      for (let night = 1; night <= 19; night++)
        await redate(suspect.directory, suspect.id, now - night * 86_400_000, true)
      await redate(join(sets, older), older, now - 21 * 86_400_000, true)
      await rm(join(sets, older), { recursive: true })
      const kept = older
      older = `${idTime(now - 21 * 86_400_000)}-${kept.slice(-4)}`
      // The suspect of tonight must be older than the good one that follows.
      await redate(suspect.directory, suspect.id, now - 3_600_000, false)
      return start().ended
    },
  }
}

function idTime(time: number): string {
  return new Date(time).toISOString().replaceAll(/[-:]/g, '').replace(/\.\d+/, '')
}

/** The same set under the name of another time. */
async function redate(directory: string, id: string, time: number, keep: boolean): Promise<void> {
  const name = `${idTime(time)}-${id.slice(-4)}`
  const to = join(directory, '..', name)
  // Parts are linked, as the disk is small.
  if (keep) await execute('cp', ['-al', directory, to])
  else await rename(directory, to)
  await execute('chown', ['-R', '--reference', join(directory, '..'), to])
  const file = join(to, 'manifest.json')
  const document = JSON.parse(await readFile(file, 'utf8'))
  await rm(file)
  const at = new Date(Math.floor(time / 1000) * 1000).toISOString()
  await writeFile(file, JSON.stringify({ ...document, id: name, createdAt: at, finishedAt: at }))
  await rebind(to)
  await execute('chown', ['-R', '--reference', join(directory, '..'), to])
}

export function isConsistent(file: string): boolean {
  const database = new DatabaseSync(file)
  try {
    const row = (sql: string) => Object.values(database.prepare(sql).get() ?? {})[0]
    return (
      row('PRAGMA integrity_check') === 'ok' &&
      row('SELECT count(*) FROM a') === row('SELECT count(*) FROM b')
    )
  } catch {
    return false
  } finally {
    database.close()
  }
}

export function environmentOf({ path, clock }: RunOptions): Record<string, string> {
  const library = globSync('/usr/lib/*/faketime/libfaketime.so.1')[0]
  if (clock && !library) throw new Error('the package faketime is missing')
  return {
    ...(path ? { PATH: `${path}:${process.env['PATH'] ?? ''}` } : {}),
    ...(clock && library
      ? { LD_PRELOAD: library, FAKETIME: clock, FAKETIME_DONT_FAKE_MONOTONIC: '1', DONT_FAKE_MONOTONIC: '1' }
      : {}),
  }
}

function endOf({ code, problems, said }: Ended): RunEnd {
  const [problem] = problems
  return {
    code,
    said: problem
      ? `${problem.code} ${problem.what.en}`
      : code === 0
        ? 'done'
        : code === null
          ? 'killed'
          : said.slice(-300),
  }
}

function documentOf(site: Site, root: string, options: RunOptions) {
  const { server, nas, line } = site
  return {
    version: 1,
    app: 'shop',
    verify: { identity: { waived: 'nothing serves here' } },
    databases: {
      main: {
        kind: 'postgres',
        database: options.database ?? 'shop',
        socket: server.socket,
        port: server.port,
        user: 'postgres',
      },
      notes: { kind: 'sqlite', file: site.sqlite },
    },
    backup: {
      reserve: '1MB',
      keep: { daily: 7 },
      ...(options.room ? { directory: options.room } : {}),
      files: { uploads: { paths: [options.files ?? site.files] } },
      destinations: {
        nas: {
          kind: 'sftp',
          address: `${nas.user}@127.0.0.1`,
          port: line.port,
          path: `${nas.path}/backup`,
          hostKey: nas.hostKey,
          identityFile: nas.identityFile,
        },
      },
    },
    environments: { production: { root, hosts: { here: 'local' } } },
  }
}
