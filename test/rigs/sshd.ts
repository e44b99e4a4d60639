// Real sshd hosts for tests and benchmarks. Each has its own root, home, host key, port (or address) and log.
//   await using rig = await startSshHosts({ count: 3, rttMs: 50 })
//   makeSshHost({ config: rig.hosts[0].config, controlDirectory })
import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { HostConfig } from '../../src/config/config.ts'
import { type Bytes, type ProxyPort, startDelayProxy } from './delay-proxy.ts'
import { freePort } from './free-port.ts'
import { type NetworkHost, startNetwork, whyNoNetwork } from './network.ts'
import { descendants, isAlive, killAll, withEnvironment, workingIn } from './processes.ts'

const execute = promisify(execFile)

export interface SshHostsOptions {
  readonly count: number
  /** Added to each round trip by a proxy in front of each host. With 0 there is a proxy that only counts and cuts. */
  readonly rttMs?: number
  /** What `sh` is on the hosts. `busybox`: every other command is a BusyBox applet as well. Default dash. */
  readonly shell?: 'dash' | 'bash' | 'busybox'
  /** Path of the shell that sshd hands each command to. Default: the user's own. */
  readonly loginShell?: string
  /** Each host's root is a file system of this many MB. Needs root: see whyNoDisk. */
  readonly diskMB?: number
  /** `namespaces`: an address of its own for each host, and a link that can go down. Needs root: see whyNoNetwork. */
  readonly network?: 'loopback' | 'namespaces'
  /** More lines for sshd_config. */
  readonly sshd?: readonly string[]
}

export interface RigHost {
  readonly name: string
  readonly address: string
  readonly port: number
  /** Where everything but its sshd answers: the same address without a proxy in between. */
  readonly inside: string
  readonly root: string
  readonly home: string
  /** Of the host, public: what ssh-keyscan would print, without the name. */
  readonly hostKey: string
  readonly config: HostConfig
  /** Ends sshd, all connections and everything that was started on the host. */
  kill(): Promise<void>
  /** sshd again, after `kill`, on the same port with the same key. */
  start(): Promise<void>
  /** Ends all connections; what runs on the host runs on. */
  cut(): Promise<void>
  /** Link down or up (namespaces), or everything swallowed (proxy). */
  silence(on: boolean): Promise<void>
  /** Sessions as sshd counts them. */
  sessionsOpened(): number
  /** Connections that signed in. */
  connectionsOpened(): number
  /** Bytes on the wire; needs rttMs. */
  bytes(): Promise<Bytes>
}

export interface SshRig extends AsyncDisposable {
  readonly directory: string
  readonly hosts: readonly RigHost[]
  /** For `ssh -F`: knows every host by its name. */
  readonly sshConfig: string
  readonly knownHosts: string
  readonly identityFile: string
}

/** Why this machine cannot limit a disk; undefined when it can. */
export function whyNoDisk(): string | undefined {
  return process.getuid?.() === 0 ? undefined : 'a size-limited disk needs root'
}

const sshdPath = '/usr/sbin/sshd'

export async function startSshHosts(options: SshHostsOptions): Promise<SshRig> {
  const why = (options.diskMB && whyNoDisk()) || (options.network === 'namespaces' && whyNoNetwork())
  if (why) throw new Error(`this rig cannot run here: ${why}`)
  await using undo = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'swssh-'))
  undo.defer(() => rm(directory, { recursive: true, force: true }))
  // sshd as root wants it for its privilege separation, whatever the test does.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true })
  const identityFile = join(directory, 'id_ed25519')
  await makeKey(identityFile)
  const bin = await makeBin(directory, options.shell ?? 'dash')
  const proxy = options.rttMs === undefined ? undefined : undo.use(await startDelayProxy())
  const network = options.network === 'namespaces' ? undo.use(await startNetwork(options.count)) : undefined
  const sshConfig = join(directory, 'ssh_config')
  const knownHosts = join(directory, 'known_hosts')
  const hosts = await Promise.all(
    Array.from({ length: options.count }, async (_, i) => {
      const name = `web${i + 1}`
      const host = await makeHost({ name, directory, bin, options, sshConfig, network: network?.hosts[i] })
      undo.defer(host.end)
      await host.start()
      const { address, port: own } = host
      const line = await proxy?.add({ host: address, port: own }, options.rttMs ?? 0)
      return rigHost(name, host, line, identityFile, sshConfig)
    }),
  )
  await writeFile(knownHosts, hosts.map(host => `${knownName(host)} ${host.hostKey}\n`).join(''))
  await writeFile(sshConfig, clientConfig(hosts, knownHosts, identityFile))
  const kept = undo.move()
  return {
    directory,
    hosts,
    sshConfig,
    knownHosts,
    identityFile,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

function rigHost(
  name: string,
  host: Daemon,
  line: ProxyPort | undefined,
  identityFile: string,
  sshConfig: string,
): RigHost {
  const address = line ? '127.0.0.1' : host.address
  const port = line?.port ?? host.port
  return {
    ...host,
    name,
    address,
    port,
    inside: host.address,
    config: { name, address, port, roles: ['web'], root: host.root, identityFile, sshConfig, env: {} },
    cut: () => (line ? line.cut() : host.cut()),
    silence: async on => {
      if (host.link) await host.link(on ? 'down' : 'up')
      else if (line) await (on ? line.stall() : line.resume())
      else throw new Error('silence needs network: "namespaces" or rttMs')
    },
    bytes: async () => {
      if (!line) throw new Error('bytes needs rttMs')
      return line.bytes()
    },
  }
}

function knownName({ address, port }: RigHost): string {
  return port === 22 ? address : `[${address}]:${port}`
}

function clientConfig(hosts: readonly RigHost[], knownHosts: string, identityFile: string): string {
  const aliases = hosts.flatMap(({ name, address, port }) => [
    `Host ${name}`,
    `  HostName ${address}`,
    `  Port ${port}`,
  ])
  return `${[
    ...aliases,
    'Host *',
    `  User ${userInfo().username}`,
    `  IdentityFile ${identityFile}`,
    '  IdentitiesOnly yes',
    '  IdentityAgent none',
    `  UserKnownHostsFile ${knownHosts}`,
    '  GlobalKnownHostsFile /dev/null',
  ].join('\n')}\n`
}

interface Daemon {
  readonly address: string
  readonly port: number
  readonly root: string
  readonly home: string
  readonly hostKey: string
  readonly link: NetworkHost['link'] | undefined
  start(): Promise<void>
  kill(): Promise<void>
  cut(): Promise<void>
  end(): Promise<void>
  sessionsOpened(): number
  connectionsOpened(): number
}

interface Plan {
  readonly name: string
  readonly directory: string
  readonly bin: string
  readonly options: SshHostsOptions
  readonly sshConfig: string
  readonly network: NetworkHost | undefined
}

async function makeHost({ name, directory, bin, options, network }: Plan): Promise<Daemon> {
  const own = join(directory, name)
  const root = join(own, 'root')
  const home = join(own, 'home')
  const log = join(own, 'sshd.log')
  const key = join(own, 'host_key')
  const mark = `STELLWERK_RIG=${randomBytes(8).toString('hex')}`
  await mkdir(root, { recursive: true })
  await mkdir(home)
  await writeFile(log, '')
  await makeKey(key)
  await copyFile(join(directory, 'id_ed25519.pub'), join(own, 'authorized_keys'))
  if (options.diskMB) await execute('mount', ['-t', 'tmpfs', '-o', `size=${options.diskMB}m`, 'tmpfs', root])
  const hostKey = (await readFile(`${key}.pub`, 'utf8')).trim().split(' ').slice(0, 2).join(' ')
  const address = network?.address ?? '127.0.0.1'
  let port = network ? 22 : await freePort()
  let pid: number | undefined

  async function start(): Promise<void> {
    for (let attempt = 0; attempt < 5; attempt++) {
      const config = join(own, 'sshd_config')
      await writeFile(config, daemonConfig({ own, address, port, bin, home, mark, options }))
      const before = readFileSync(log, 'utf8').length
      const enter = network
        ? [...network.enter, 'unshare', '--uts', 'sh', '-c', `hostname ${name}; exec "$@"`, 'sh']
        : []
      const command = [...enter, ...dieWithParent, sshdPath, '-D', '-f', config, '-E', log]
      const child = spawn(command[0] ?? '', command.slice(1), { stdio: 'ignore' })
      const listens = () => readFileSync(log, 'utf8').slice(before).includes('Server listening on')
      while (!listens() && child.exitCode === null) await sleep(5)
      pid = child.pid
      if (listens()) return
      // Somebody else took the port in between.
      if (!network) port = await freePort()
    }
    throw new Error(`sshd does not start:\n${readFileSync(log, 'utf8')}`)
  }

  async function kill(): Promise<void> {
    const tree = pid === undefined ? [] : [pid, ...(await descendants(pid)).map(process => process.pid)]
    killAll(tree)
    // What a script left running in the background has another parent by now, but still its environment.
    for (
      let left = await withEnvironment(mark);
      left.length > 0;
      left = await living(await withEnvironment(mark))
    )
      killAll(left)
    while ((await living(tree)).length > 0) await sleep(5)
    pid = undefined
  }

  const count = (words: string) => readFileSync(log, 'utf8').split(words).length - 1
  return {
    address,
    get port() {
      return port
    },
    root,
    home,
    hostKey,
    link: network?.link,
    start,
    kill,
    async cut() {
      if (pid === undefined) return
      const connections = (await descendants(pid)).filter(({ command }) => command.startsWith('sshd'))
      killAll(connections.map(connection => connection.pid))
    },
    async end() {
      await kill()
      // The router has an environment of its own, and an app of a test may have a root of its own.
      for (let left = await workingIn([own]); left.length > 0; left = await workingIn([own])) killAll(left)
      if (options.diskMB) await execute('umount', ['-l', root])
    },
    sessionsOpened: () => count('Starting session: '),
    connectionsOpened: () => count('Accepted publickey for '),
  }
}

async function living(pids: readonly number[]): Promise<number[]> {
  const states = await Promise.all(pids.map(async pid => ((await isAlive(pid)) ? [pid] : [])))
  return states.flat()
}

/** A test run that is killed leaves no sshd behind. */
const dieWithParent = existsSync('/usr/bin/setpriv') ? ['setpriv', '--pdeathsig', 'TERM'] : []

interface DaemonConfig {
  readonly own: string
  readonly address: string
  readonly port: number
  readonly bin: string
  readonly home: string
  readonly mark: string
  readonly options: SshHostsOptions
}

function daemonConfig({ own, address, port, bin, home, mark, options }: DaemonConfig): string {
  const system = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']
  const path = options.shell === 'busybox' ? [bin] : [bin, dirname(process.execPath), ...system]
  const loginShell = options.loginShell
  return `${[
    ...(options.sshd ?? []),
    `Port ${port}`,
    `ListenAddress ${address}`,
    `HostKey ${own}/host_key`,
    `PidFile ${own}/sshd.pid`,
    `AuthorizedKeysFile ${own}/authorized_keys`,
    'UsePAM no',
    'StrictModes no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    'PrintMotd no',
    'PrintLastLog no',
    'MaxStartups 100',
    'LogLevel VERBOSE',
    'Subsystem sftp internal-sftp',
    // A home of its own also keeps the developer's shell start files out of the tests.
    `SetEnv PATH=${path.join(delimiter)} HOME=${home} ${mark}`,
    ...(loginShell ? [`ForceCommand exec ${loginShell} -c "$SSH_ORIGINAL_COMMAND"`] : []),
  ].join('\n')}\n`
}

/** A directory whose `sh` is the wanted shell; for BusyBox with all its applets. */
async function makeBin(directory: string, shell: 'dash' | 'bash' | 'busybox'): Promise<string> {
  const bin = join(directory, 'bin')
  await mkdir(bin)
  if (shell !== 'busybox') {
    await symlink(`/usr/bin/${shell}`, join(bin, 'sh'))
    return bin
  }
  const { stdout } = await execute('busybox', ['--list'])
  const applets = stdout.split('\n').filter(applet => /^[a-z0-9[_.-]+$/.test(applet) && applet !== 'busybox')
  await Promise.all(['busybox', ...applets].map(applet => symlink('/usr/bin/busybox', join(bin, applet))))
  return bin
}

async function makeKey(path: string): Promise<void> {
  await execute('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'rig', '-f', path])
}
