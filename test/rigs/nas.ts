// A NAS: sshd that gives one account SFTP below its own root, and nothing else; with a password too, and a disk that can be small.
//   await using nas = await startNas()
//   makeSftpDestination({ name: 'nas', config: nas.config, home: '/' })
// The account exists only in the mount namespace of this sshd. Needs root: see whyNoNas.
// That namespace has an /etc of its own: a file bound over /etc/passwd is gone as soon as any program on this machine, such as
// one that installs a package, renames a new one to that name.
import { execFile, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { destination } from '../../src/config/schema/destination.ts'
import { freePort } from './free-port.ts'
import { descendants, isAlive, killAll } from './processes.ts'

const execute = promisify(execFile)

export interface NasOptions {
  /** Its disk has this many MB. */
  readonly diskMB?: number
  /** More lines for sshd_config. */
  readonly sshd?: readonly string[]
}

export interface Nas extends AsyncDisposable {
  readonly directory: string
  readonly port: number
  readonly user: string
  readonly password: string
  /** Private key that may sign in. */
  readonly identityFile: string
  /** Public, as ssh-keyscan prints it behind the name. */
  readonly hostKey: string
  /** Where the account may write, as it sees it. */
  readonly path: string
  /** The same place on this machine's disk. */
  readonly files: string
  /** Of a destination with the key. */
  readonly config: ReturnType<typeof sftpConfig>
  /** Ends sshd and every connection. */
  stop(): Promise<void>
  /** Again, on the same port with the same key. */
  start(): Promise<void>
  /** Ends every connection; new ones are accepted. */
  cut(): Promise<void>
  /** Connections that signed in. */
  connectionsOpened(): number
}

/** Why this machine cannot have one; undefined when it can. */
export function whyNoNas(): string | undefined {
  return process.getuid?.() === 0 ? undefined : 'an account of its own and a chroot need root'
}

const user = 'nas'
const userId = 20_021
const password = 'only for the rig'

export async function startNas(options: NasOptions = {}): Promise<Nas> {
  const why = whyNoNas()
  if (why) throw new Error(`this rig cannot run here: ${why}`)
  await using undo = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'swnas-'))
  undo.defer(() => rm(directory, { recursive: true, force: true }))
  // The account itself reads which keys may sign in.
  await chmod(directory, 0o711)
  await mkdir('/run/sshd', { recursive: true })
  const root = join(directory, 'root')
  const files = join(root, 'volume1')
  await mkdir(root)
  if (options.diskMB) {
    await execute('mount', ['-t', 'tmpfs', '-o', `size=${options.diskMB}m,mode=755`, 'tmpfs', root])
    undo.defer(async () => void (await execute('umount', ['-l', root])))
  }
  await mkdir(files)
  await chown(files, userId, userId)
  const identityFile = join(directory, 'id_ed25519')
  const key = join(directory, 'host_key')
  for (const file of [identityFile, key])
    await execute('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'rig', '-f', file])
  await writeAccount(directory)
  const hostKey = (await readFile(`${key}.pub`, 'utf8')).trim().split(' ').slice(0, 2).join(' ')
  const log = join(directory, 'sshd.log')
  await writeFile(log, '')
  const port = await freePort()
  await writeFile(join(directory, 'sshd_config'), daemonConfig(directory, port, options.sshd ?? []))
  let pid: number | undefined

  async function start(): Promise<void> {
    const before = readFileSync(log, 'utf8').length
    const child = spawn(
      'setpriv',
      ['--pdeathsig', 'TERM', 'unshare', '--mount', 'sh', '-euc', enter(directory)],
      {
        stdio: 'ignore',
      },
    )
    const listens = () => readFileSync(log, 'utf8').slice(before).includes('Server listening on')
    while (!listens() && child.exitCode === null) await sleep(5)
    if (!listens()) throw new Error(`sshd does not start:\n${readFileSync(log, 'utf8')}`)
    pid = child.pid
  }

  async function connections(): Promise<number[]> {
    return pid === undefined ? [] : (await descendants(pid)).map(process => process.pid)
  }

  async function stop(): Promise<void> {
    const all = [...(pid === undefined ? [] : [pid]), ...(await connections())]
    killAll(all)
    while ((await Promise.all(all.map(one => isAlive(one)))).includes(true)) await sleep(5)
    pid = undefined
  }

  undo.defer(stop)
  await start()
  const kept = undo.move()
  return {
    directory,
    port,
    user,
    password,
    identityFile,
    hostKey,
    path: '/volume1',
    files,
    config: sftpConfig({ port, hostKey, identityFile }),
    stop,
    start,
    cut: async () => killAll(await connections()),
    connectionsOpened: () =>
      readFileSync(log, 'utf8').split(/Accepted (?:publickey|password) for /).length - 1,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

function sftpConfig(known: { port: number; hostKey: string; identityFile: string }) {
  const config = destination.parse({
    kind: 'sftp',
    address: `${user}@127.0.0.1`,
    path: '/volume1/backup',
    ...known,
  })
  if (config.kind !== 'sftp') throw new Error('the schema no longer knows sftp')
  return config
}

/** Its root has a name that sshd trusts, and /etc knows its account. */
function enter(directory: string): string {
  return `mount --bind ${directory}/root /srv
mount --bind ${directory}/etc /etc
exec /usr/sbin/sshd -D -f ${directory}/sshd_config -E ${directory}/sshd.log`
}

/** All that sshd without PAM reads in /etc, besides its own configuration. */
async function writeAccount(directory: string): Promise<void> {
  const { stdout } = await execute('openssl', ['passwd', '-6', password])
  const etc = join(directory, 'etc')
  await mkdir(etc)
  const nobody = '65534:65534::/run/sshd:/usr/sbin/nologin'
  const files = {
    passwd: `root:x:0:0::/root:/bin/sh\nsshd:x:${nobody}\n${user}:x:${userId}:${userId}::/:/usr/sbin/nologin\n`,
    group: `root:x:0:\nnogroup:x:65534:\n${user}:x:${userId}:\n`,
    shadow: `root:*:19000::::::\nsshd:!:19000::::::\n${user}:${stdout.trim()}:19000::::::\n`,
    'nsswitch.conf': 'passwd: files\ngroup: files\nshadow: files\n',
  }
  for (const [name, content] of Object.entries(files))
    await writeFile(join(etc, name), content, { mode: name === 'shadow' ? 0o600 : 0o644 })
}

function daemonConfig(directory: string, port: number, more: readonly string[]): string {
  return `${[
    ...more,
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${directory}/host_key`,
    `PidFile ${directory}/sshd.pid`,
    `AuthorizedKeysFile ${directory}/id_ed25519.pub`,
    'UsePAM no',
    'StrictModes no',
    'PasswordAuthentication yes',
    'KbdInteractiveAuthentication no',
    `AllowUsers ${user}`,
    'MaxStartups 100',
    'LogLevel VERBOSE',
    'Subsystem sftp internal-sftp',
    'ChrootDirectory /srv',
    'ForceCommand internal-sftp',
    'AllowTcpForwarding no',
    'PermitTTY no',
  ].join('\n')}\n`
}
