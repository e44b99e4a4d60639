// A real systemd: Debian, booted in a container by systemd-nspawn. The system is made once by debootstrap, from the
// mirror that this machine's apt uses, and kept in a cache; each machine runs on a throw-away layer above it.
// systemd is never started by raw unshare: it would move the processes of this machine.
//   const machine = await bootSystemd()
//   if ('skip' in machine) context.skip(machine.skip)
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** A change here makes a new system. */
const packages = ['systemd', 'systemd-sysv', 'dbus', 'libpam-systemd', 'sudo']

export interface SystemdMachine extends AsyncDisposable {
  /** Runs a sh script from standard input; returns all that it printed. `user`: with a login's HOME and no terminal. */
  run(script: string, user?: string): Promise<string>
}

export type Booted = SystemdMachine | { readonly skip: string }

export async function bootSystemd(): Promise<Booted> {
  const why = whyNoContainer()
  if (why) return { skip: why }
  const system = await prepareSystem()
  if ('skip' in system) return system
  return boot(system.directory)
}

function whyNoContainer(): string | undefined {
  if (process.getuid?.() !== 0) return 'a container with systemd needs root'
  for (const [tool, name] of [
    ['/usr/bin/systemd-nspawn', 'systemd-container'],
    ['/usr/sbin/debootstrap', 'debootstrap'],
    ['/usr/bin/nsenter', 'util-linux'],
  ] as const) {
    if (!existsSync(tool)) return `${tool} is missing: apt-get install ${name}`
  }
  return undefined
}

function cacheDirectory(): string {
  const { XDG_CACHE_HOME } = process.env
  if (XDG_CACHE_HOME) return join(XDG_CACHE_HOME, 'stellwerk-test')
  return process.getuid?.() === 0 ? '/var/cache/stellwerk-test' : join(homedir(), '.cache/stellwerk-test')
}

async function prepareSystem(): Promise<{ readonly directory: string } | { readonly skip: string }> {
  const mirror = await debianMirror()
  if (!mirror) return { skip: 'apt on this machine names no Debian mirror (apt-get indextargets)' }
  const directory = join(cacheDirectory(), `systemd-${mirror.codename}-${packages.join('-')}`)
  if (existsSync(directory)) return { directory }
  // Made beside its place and moved: whoever is interrupted leaves no half system behind.
  const draft = `${directory}.${process.pid}`
  mkdirSync(cacheDirectory(), { recursive: true })
  try {
    await execute(
      'debootstrap',
      ['--variant=minbase', `--include=${packages.join(',')}`, mirror.codename, draft, mirror.site],
      { env: { ...process.env, ...(await aptProxy()) }, timeout: 600_000, maxBuffer: 1 << 26 },
    )
    if (!existsSync(directory)) renameSync(draft, directory)
    return { directory }
  } catch (error) {
    const said =
      error instanceof Error && 'stdout' in error
        ? String(error.stdout).trim().split('\n').at(-1)
        : String(error)
    return { skip: `debootstrap of ${mirror.codename} did not work: ${said}` }
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

async function debianMirror(): Promise<{ site: string; codename: string } | undefined> {
  const format = '$(SITE) $(CODENAME) $(ORIGIN) $(COMPONENT)'
  const { stdout } = await execute('apt-get', [
    'indextargets',
    '--format',
    format,
    'Created-By: Packages',
  ]).catch(() => ({ stdout: '' }))
  for (const line of stdout.split('\n')) {
    const [site, codename, origin, component] = line.split(' ')
    if (site && codename && origin === 'Debian' && component === 'main' && !codename.includes('-'))
      return { site, codename }
  }
  return undefined
}

async function aptProxy(): Promise<Record<string, string>> {
  const { stdout } = await execute('apt-config', [
    'dump',
    '--format',
    '%f %v%n',
    'Acquire::http::Proxy',
  ]).catch(() => ({ stdout: '' }))
  const proxy = /^Acquire::http::Proxy (\S+)/m.exec(stdout)?.[1]
  return proxy ? { http_proxy: proxy } : {}
}

async function boot(directory: string): Promise<Booted> {
  const nspawn = spawn(
    'systemd-nspawn',
    [
      '--quiet',
      '--register=no',
      '--keep-unit',
      '--private-network',
      `--machine=stellwerk-${process.pid}`,
      `--directory=${directory}`,
      '--volatile=overlay',
      '--boot',
      '--console=pipe',
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let said = ''
  nspawn.stdout.setEncoding('utf8').on('data', text => (said += text))
  nspawn.stderr.setEncoding('utf8').on('data', text => (said += text))
  const end = async () => {
    // TERM lets it shut the container down; KILL would leave the container behind.
    if (nspawn.exitCode !== null || nspawn.signalCode !== null) return
    nspawn.kill('SIGTERM')
    await once(nspawn, 'exit')
  }
  const until = Date.now() + 60_000
  while (Date.now() < until && nspawn.exitCode === null) {
    const leader = leaderOf(nspawn.pid ?? 0)
    if (leader !== undefined) {
      const state = await inside(leader, 'systemctl is-system-running 2>&1 || :')
      if (/^(running|degraded)/.test(state)) {
        return { run: (script, user) => inside(leader, script, user), [Symbol.asyncDispose]: end }
      }
    }
    await sleep(100)
  }
  await end()
  return { skip: `systemd did not boot in a container: ${said.trim().split('\n').slice(-2).join(' ')}` }
}

function leaderOf(pid: number): number | undefined {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]) || undefined
  } catch {
    return undefined
  }
}

/** Resolves when everything that holds the script's output has ended. */
async function inside(leader: number, script: string, user?: string): Promise<string> {
  const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  const as =
    user === undefined
      ? ['env', '-i', path, 'HOME=/root', 'sh', '-s']
      : [
          'setpriv',
          `--reuid=${user}`,
          `--regid=${user}`,
          '--init-groups',
          'env',
          '-i',
          path,
          `HOME=/home/${user}`,
          'sh',
          '-s',
        ]
  const child = spawn('nsenter', ['-t', String(leader), '-m', '-u', '-i', '-n', '-p', '-C', ...as], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let out = ''
  child.stdout.setEncoding('utf8').on('data', text => (out += text))
  child.stderr.setEncoding('utf8').on('data', text => (out += text))
  child.stdin.on('error', () => {})
  child.stdin.end(script)
  await once(child, 'close')
  return out
}
