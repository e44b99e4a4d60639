// From the configuration to a destination. Each kind loads its own code.
import { join } from 'node:path'
import type { DestinationConfig } from '../../config/schema/destination.ts'
import { expand, references } from '../../config/variables.ts'
import { text } from '../../core/lang.ts'
import { ProblemError } from '../../core/problem.ts'
import { unreachable } from '../../core/unreachable.ts'
import type { Host } from '../../engine/host.ts'
import type { Destination } from '../destination.ts'
import { staySmall } from './garbage.ts'

export interface DestinationDeps {
  /** This machine. */
  readonly here: Host
  readonly hosts: ReadonlyMap<string, Host>
  /** The value of a secret; undefined when there is none of that name. */
  secret(name: string): string | undefined
  /** Home directory of who runs the command. */
  readonly home: string
}

/** Connects nothing yet. Rejects with ProblemError when the configuration asks for what is not there. */
export async function openDestination(
  name: string,
  config: DestinationConfig,
  deps: DestinationDeps,
): Promise<Destination> {
  const { home } = deps
  staySmall()
  switch (config.kind) {
    case 'directory': {
      const host = config.host === undefined ? deps.here : deps.hosts.get(config.host)
      if (!host) throw new ProblemError(noHost(name, config.host ?? ''))
      const { makeDirectoryDestination } = await import('./directory.ts')
      return makeDirectoryDestination({ name, path: config.path, host, mounted: wantsMount(config) })
    }
    case 'sftp': {
      const { makeSftpDestination } = await import('./sftp.ts')
      const password = config.password === undefined ? undefined : revealed(name, config.password, deps)
      return makeSftpDestination({
        name,
        config,
        home,
        ...(password !== undefined && { password: () => password }),
      })
    }
    case 'rsync': {
      const { makeRsyncDestination } = await import('./rsync.ts')
      // On a disk, and nobody else's: what waits there is as big as a dump.
      const spoolDirectory = join(home, '.cache', 'stellwerk', 'rsync')
      return makeRsyncDestination({ name, config, home, spoolDirectory })
    }
    case 's3': {
      const { makeS3Destination } = await import('./s3.ts')
      const [accessKey, secretKey] = [config.accessKey, config.secretKey].map(key =>
        revealed(name, key, deps),
      )
      return makeS3Destination({ name, config, accessKey: accessKey ?? '', secretKey: secretKey ?? '' })
    }
    default:
      return unreachable(config)
  }
}

/** Where shares and disks are mounted by custom, a directory of the root disk is what a missing mount leaves. */
export function wantsMount({
  path,
  mounted,
}: {
  readonly path: string
  readonly mounted?: boolean | undefined
}): boolean {
  return mounted ?? /^\/+(mnt|media|net)(\/|$)/.test(path)
}

/** The value that a string of the configuration stands for. */
function revealed(destination: string, written: string, { secret }: DestinationDeps): string {
  const unknown = references(written).filter(name => secret(name) === undefined)
  if (unknown.length > 0) throw new ProblemError(noSecret(destination, unknown))
  return expand(written, secret)
}

function noHost(destination: string, host: string) {
  return {
    code: 'STW-B250',
    what: text(
      `Destination "${destination}" is on "${host}", which is no host of this environment`,
      `Das Ziel „${destination}“ liegt auf „${host}“, das kein Host dieser Umgebung ist`,
    ),
  }
}

function noSecret(destination: string, names: readonly string[]) {
  const list = names.map(name => `"${name}"`).join(', ')
  return {
    code: 'STW-B251',
    what: text(
      `Destination "${destination}" needs the secret ${list}, which has no value`,
      `Das Ziel „${destination}“ braucht das Geheimnis ${names.map(name => `„${name}“`).join(', ')}, das keinen Wert hat`,
    ),
    next: [
      text(
        'Name it under secrets: in stellwerk.yaml, and set it where the command runs',
        'Es in stellwerk.yaml unter secrets: nennen und dort setzen, wo der Befehl läuft',
      ),
    ],
  }
}
