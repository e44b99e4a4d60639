// restic and rclone as Subjects, used as their manuals say, by a team that knows of pipefail.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, statSync, utimesSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  execute,
  type RunEnd,
  type Running,
  type RunOptions,
  type Site,
  type Subject,
} from '../../test/rigs/backup-site.ts'
import { environmentOf, isConsistent } from '../../test/rigs/backup-stellwerk.ts'

interface Shell {
  run(script: string, options?: RunOptions): Promise<RunEnd>
  /** `there`: its directory at the NAS; what grows there is an upload. */
  start(script: string, there: string, options?: RunOptions): Running
  /** SHA-256 of what a script prints; undefined when it fails. */
  sum(script: string): Promise<string | undefined>
}

function shellIn(directory: string, env: Readonly<Record<string, string>>): Shell {
  const open = (script: string, options: RunOptions) => {
    const child = spawn('bash', ['-c', `set -o pipefail\n${script}`], {
      cwd: directory,
      env: {
        ...process.env,
        ...env,
        ...(options.room ? { TMPDIR: options.room } : {}),
        ...environmentOf(options),
      },
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    })
    let said = ''
    child.stderr.on('data', chunk => {
      said += chunk
    })
    const ended = once(child, 'close').then(
      ([code]): RunEnd => ({ code, said: code === 0 ? 'done' : (said.trim().split('\n').at(-1) ?? '') }),
    )
    return { child, ended }
  }
  return {
    run: (script, options = {}) => open(script, options).ended,
    start(script, there, options = {}) {
      const before = bytesIn(there)
      const { child, ended } = open(script, options)
      let over = false
      void ended.then(() => {
        over = true
      })
      const uploading = (async () => {
        while (bytesIn(there) < before + 100_000) {
          if (over) throw new Error('it ended before it uploaded')
          await new Promise(resolve => setTimeout(resolve, 2))
        }
      })()
      uploading.catch(() => {})
      return { ended, uploading, kill: () => void (child.pid && process.kill(-child.pid, 'SIGKILL')) }
    },
    async sum(script) {
      const child = spawn('bash', ['-c', `set -o pipefail\n${script}`], {
        cwd: directory,
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      const hash = createHash('sha256')
      child.stdout.on('data', chunk => hash.update(chunk))
      const [code] = await once(child, 'close')
      return code === 0 ? hash.digest('hex') : undefined
    },
  }
}

function filesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name))
  } catch {
    return []
  }
}

function bytesIn(directory: string): number {
  return filesIn(directory).reduce(
    (sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0),
    0,
  )
}

/** Beside what was there before, the largest. */
function largestNew(there: string, before: ReadonlySet<string>): string {
  const [largest] = filesIn(there)
    .filter(file => !before.has(file))
    .toSorted((a, b) => statSync(b).size - statSync(a).size)
  if (largest === undefined) throw new Error('nothing new lies there')
  return largest
}

function sourceOf(site: Site, { database = 'shop' }: RunOptions): string {
  return `pg_dump -h ${site.server.socket} -p ${site.server.port} -U postgres -Fc ${database}`
}

async function golden(site: Site, name: string, there: string): Promise<() => Promise<void>> {
  const copy = join(site.nas.directory, `golden-${name}`)
  await execute('cp', ['-a', there, copy])
  return async () => {
    await rm(there, { recursive: true, force: true })
    await execute('cp', ['-a', copy, there])
  }
}

async function knownHosts(site: Site, directory: string): Promise<string> {
  await mkdir(directory, { recursive: true })
  const file = join(directory, 'known_hosts')
  await writeFile(file, `[127.0.0.1]:${site.line.port} ${site.nas.hostKey}\n`)
  return file
}

export async function resticSubject(site: Site): Promise<Subject> {
  const directory = join(site.directory, 'restic')
  const hosts = await knownHosts(site, directory)
  const { nas } = site
  const there = join(nas.files, 'restic')
  const ssh = `ssh -p ${site.line.port} -i ${nas.identityFile} -oIdentitiesOnly=yes -oBatchMode=yes -oUserKnownHostsFile=${hosts} ${nas.user}@127.0.0.1 -s sftp`
  const restic = `restic --no-cache -q -o sftp.command="${ssh}"`
  const shell = shellIn(directory, {
    RESTIC_REPOSITORY: `sftp:${nas.user}@127.0.0.1:${nas.path}/restic`,
    RESTIC_PASSWORD: 'only for the bench',
  })
  const script = (options: RunOptions, flags = '') =>
    options.what === 'sqlite'
      ? `${restic} backup ${flags} ${site.sqlite} ${site.sqlite}-wal`
      : `${sourceOf(site, options)} | ${restic} backup ${flags} --stdin --stdin-filename main.dump && ${restic} backup ${flags} ${options.files ?? site.files}`
  const must = async (text: string) => {
    const { code, said } = await shell.run(text)
    if (code !== 0) throw new Error(`restic: ${said}`)
  }
  await must(`${restic} init && ${script({})}`)
  const ids = (await execute('bash', ['-c', `ls ${there}/snapshots`])).stdout.trim().split('\n')
  const reset = await golden(site, 'restic', there)
  let before: ReadonlySet<string> = new Set(filesIn(there))
  const contents = () => Promise.all(ids.map(id => shell.sum(`${restic} dump ${id} / | tar -xO`)))
  const good = await contents()
  return {
    name: 'restic',
    version: (await execute('restic', ['version'])).stdout.split(' ')[1] ?? '',
    async reset() {
      await reset()
      before = new Set(filesIn(there))
    },
    start: (options = {}) => shell.start(script(options), there, options),
    async olderIntact() {
      const now = await contents()
      return now.every((sum, index) => sum !== undefined && sum === good[index])
    },
    async newestWhole(what) {
      const copy = join(directory, 'copy')
      await rm(copy, { recursive: true, force: true })
      const path = what === 'sqlite' ? site.sqlite : undefined
      if (path) {
        const { code } = await shell.run(`${restic} restore latest --path ${path} --target ${copy}`)
        return code === 0 && isConsistent(join(copy, path))
      }
      const { code } = await shell.run(
        `${restic} dump --path /main.dump latest main.dump | pg_restore -f /dev/null && ${restic} restore latest --path ${site.files} --target ${copy} && diff -r ${site.files} ${copy}${site.files}`,
      )
      return code === 0
    },
    newestData: async () => largestNew(join(there, 'data'), before),
    prove: () => shell.run(`${restic} check --read-data`),
    async badNights() {
      // A dump tool that dies half-way leaves a snapshot each night.
      const path = await site.fake('pg_dump', `echo half; exit 1`)
      for (let night = 20; night >= 1; night--) {
        const time = new Date(Date.now() - night * 86_400_000).toISOString().slice(0, 10)
        await shell.run(
          `${sourceOf(site, {})} | ${restic} backup --time '${time} 02:00:00' --stdin --stdin-filename main.dump`,
          { path },
        )
      }
      const good = await shell.run(`${script({})} && ${restic} forget --keep-last 7 --prune`)
      return good
    },
  }
}

export async function rcloneSubject(site: Site): Promise<Subject> {
  const directory = join(site.directory, 'rclone')
  const hosts = await knownHosts(site, directory)
  const { nas } = site
  const there = join(nas.files, 'rclone')
  const config = join(directory, 'rclone.conf')
  await writeFile(
    config,
    `[nas]\ntype = sftp\nhost = 127.0.0.1\nport = ${site.line.port}\nuser = ${nas.user}\nkey_file = ${nas.identityFile}\nknown_hosts_file = ${hosts}\nshell_type = none\n`,
  )
  const rclone = `rclone --config ${config} --retries 1 --low-level-retries 1 --contimeout 10s --timeout 20s`
  const shell = shellIn(directory, {})
  let number = 0
  let last = ''
  const script = (options: RunOptions) => {
    last = `main-${++number}`
    const at = `nas:${nas.path}/rclone/${last}`
    return options.what === 'sqlite'
      ? `${rclone} copyto ${site.sqlite} ${at}`
      : `${sourceOf(site, options)} | ${rclone} rcat ${at} && tar -c -C ${options.files ?? site.files} . | ${rclone} rcat ${at}.tar`
  }
  const first = await shell.run(script({}))
  if (first.code !== 0) throw new Error(`rclone: ${first.said}`)
  const older = last
  const reset = await golden(site, 'rclone', there)
  const contents = () => shell.sum(`cat ${there}/${older} ${there}/${older}.tar`)
  const good = await contents()
  return {
    name: 'rclone',
    version: (await execute('rclone', ['version'])).stdout.split('\n')[0]?.replace('rclone ', '') ?? '',
    reset,
    start: (options = {}) => shell.start(script(options), there, options),
    olderIntact: async () => (await contents()) === good,
    async newestWhole(what) {
      if (what === 'sqlite') return isConsistent(join(there, last))
      const { code } = await shell.run(
        `pg_restore -f /dev/null ${there}/${last} && tar -d -f ${there}/${last}.tar -C ${site.files}`,
      )
      return code === 0
    },
    newestData: async () => join(there, `${last}.tar`),
    prove: async () => undefined,
    async badNights() {
      const path = await site.fake('pg_dump', `echo half; exit 1`)
      const age = (file: string, days: number) => {
        const at = Date.now() / 1000 - days * 86_400
        if (statSync(file, { throwIfNoEntry: false })) utimesSync(file, at, at)
      }
      for (const name of [older, `${older}.tar`]) age(join(there, name), 21)
      for (let night = 20; night >= 1; night--) {
        await shell.run(script({}), { path })
        age(join(there, last), night)
      }
      const end = await shell.run(script({}))
      // It keeps no count, only ages.
      const pruned = await shell.run(`${rclone} delete --min-age 7d nas:${nas.path}/rclone`)
      return end.code === 0 ? pruned : end
    },
  }
}
