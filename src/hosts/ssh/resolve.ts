// Asks ssh what the user's configuration says about a host, and refuses to go on where it switches host keys off.
import { text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { type Connection, resolveArguments } from './arguments.ts'
import { classifySshFailure, type Target } from './failure.ts'
import { runSsh } from './process.ts'

export interface Unresolved {
  readonly name: string
  readonly config: Connection['config']
  readonly controlPath: string
  readonly connectTimeoutMs: number
  readonly sshPath: string
}

export interface Resolved {
  readonly connection: Connection
  readonly target: Target
}

export async function resolveConnection(options: Unresolved): Promise<Result<Resolved>> {
  const { name, config, controlPath, connectTimeoutMs, sshPath } = options
  const asked = { name, address: config.address, ...(config.sshConfig && { sshConfig: config.sshConfig }) }
  const own = await lookUp(sshPath, resolveArguments(config))
  if (!own.ok) return err(classifySshFailure(own.error, asked))
  const port = Number(own.value.get('port'))
  const target: Target = { ...asked, hostname: own.value.get('hostname') ?? config.address, port }
  // Options on the command line do not reach the jump hosts, so their part of the configuration is read as well.
  const hops = (own.value.get('proxyjump') ?? '').split(',').filter(hop => hop !== '' && hop !== 'none')
  for (const hop of hops) {
    const settings = await lookUp(sshPath, resolveArguments(config, hopHost(hop)))
    if (!settings.ok) return err(classifySshFailure(settings.error, asked))
    if (trustsAll(settings.value)) return err(hostKeysOff(name, hop))
  }
  if (trustsAll(own.value)) return err(hostKeysOff(name, config.address))
  const hostKeys = own.value.get('stricthostkeychecking') === 'accept-new' ? 'accept-new' : 'yes'
  return ok({ connection: { config, controlPath, connectTimeoutMs, hostKeys }, target })
}

async function lookUp(sshPath: string, args: string[]): Promise<Result<ReadonlyMap<string, string>, string>> {
  const { code, stdout, stderr } = await runSsh(sshPath, args, 5000)
  if (code !== 0) return err(stderr)
  const lines = stdout.split('\n').map(line => line.split(/ (.*)/, 2))
  return ok(new Map(lines.map(([key, value]) => [key ?? '', value ?? ''])))
}

function trustsAll(settings: ReadonlyMap<string, string>): boolean {
  return ['false', 'no', 'off'].includes(settings.get('stricthostkeychecking') ?? 'no')
}

/** `ssh://user@host:22` or `user@host:22` without the port. */
function hopHost(hop: string): string {
  return hop
    .replace(/^ssh:\/\//, '')
    .replace(/:\d+$/, '')
    .replace(/\[(.*)\]$/, '$1')
}

function hostKeysOff(name: string, host: string): Problem {
  return {
    code: 'STW-H013',
    what: text(
      `The ssh configuration switches host key checks off for "${host}"`,
      `Die ssh-Konfiguration schaltet die Prüfung des Hostschlüssels für "${host}" ab`,
    ),
    where: { host: name },
    why: text(
      'With "StrictHostKeyChecking no" anybody in between can take the release and the secrets',
      'Mit "StrictHostKeyChecking no" kann jeder dazwischen Release und Geheimnisse mitlesen',
    ),
    next: [
      text(
        'Set "StrictHostKeyChecking yes" or "accept-new" for this host in ssh_config',
        'In ssh_config für diesen Host "StrictHostKeyChecking yes" oder "accept-new" setzen',
      ),
    ],
  }
}
