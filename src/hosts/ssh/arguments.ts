// The argument lists of the OpenSSH client. Pure. The user's ssh_config counts, except where it would make a run ask a
// person, trust an unknown host, or do something beside the script.
import type { HostConfig } from '../../config/config.ts'
import { remoteCommand } from '../frame.ts'

export interface Connection {
  readonly config: Pick<HostConfig, 'port' | 'identityFile' | 'jump' | 'sshConfig'> & {
    readonly address: string
  }
  /** Path of the control socket. */
  readonly controlPath: string
  readonly connectTimeoutMs: number
  readonly hostKeys: 'yes' | 'accept-new'
}

/** An idle connection whose program is gone ends after this many seconds. */
const persistSeconds = 10

/** Prints the user's configuration for `host` as ssh will apply it. */
export function resolveArguments(config: Connection['config'], host: string = config.address): string[] {
  const own = host === config.address ? ownOptions(config) : fileOption(config)
  return ['-G', ...own, '--', bare(host)]
}

/** Connects, puts itself into the background and serves the control socket. */
export function masterArguments(connection: Connection): string[] {
  const options = { ControlPersist: persistSeconds, LogLevel: 'INFO', ClearAllForwardings: 'yes' }
  return ['-M', '-N', ...common(connection, options), '--', bare(connection.config.address)]
}

/** One session with a command of frame.ts, the bootstrap unless given. Falls back to a connection of its own where the server allows fewer
 *  sessions on one connection than we ask for. */
export function sessionArguments(connection: Connection, command: string = remoteCommand): string[] {
  const options = { ControlMaster: 'no', LogLevel: 'ERROR', ClearAllForwardings: 'yes' }
  return [...common(connection, options), '--', bare(connection.config.address), command]
}

/** A request to the running master. */
export function controlArguments(connection: Connection, request: 'exit' | 'check'): string[] {
  return ['-O', request, ...common(connection, { LogLevel: 'ERROR' }), '--', bare(connection.config.address)]
}

/** Asks the master to listen on a local port and pass connections on to `target:targetPort`. */
export function forwardArguments(
  connection: Connection,
  local: number,
  target: string,
  targetPort: number,
): string[] {
  const address = target.includes(':') ? `[${target.replaceAll(/[[\]]/g, '')}]` : target
  const forward = `127.0.0.1:${local}:${address}:${targetPort}`
  return [
    '-O',
    'forward',
    '-L',
    forward,
    ...common(connection, { LogLevel: 'ERROR' }),
    '--',
    bare(connection.config.address),
  ]
}

function common(connection: Connection, more: Readonly<Record<string, string | number>>): string[] {
  const options = {
    BatchMode: 'yes',
    StrictHostKeyChecking: connection.hostKeys,
    ConnectTimeout: Math.max(1, Math.ceil(connection.connectTimeoutMs / 1000)),
    ServerAliveInterval: 5,
    ServerAliveCountMax: 3,
    // What a person likes in a terminal would break a script: a command of their own, a terminal, an escape character.
    RemoteCommand: 'none',
    RequestTTY: 'no',
    EscapeChar: 'none',
    PermitLocalCommand: 'no',
    ForwardX11: 'no',
    ...more,
  }
  return [
    ...ownOptions(connection.config),
    '-S',
    connection.controlPath.replaceAll('%', '%%'),
    ...Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`]),
  ]
}

function ownOptions(config: Connection['config']): string[] {
  return [
    ...fileOption(config),
    ...(config.port === undefined ? [] : ['-p', String(config.port)]),
    ...(config.identityFile === undefined ? [] : ['-i', config.identityFile]),
    ...(config.jump === undefined ? [] : ['-J', config.jump]),
  ]
}

function fileOption(config: Connection['config']): string[] {
  return config.sshConfig === undefined ? [] : ['-F', config.sshConfig]
}

/** ssh takes an IPv6 address without brackets. */
function bare(address: string): string {
  return address.replace(/\[([0-9a-fA-F:]+)\]$/, '$1')
}
