// Which destination is drilled when nobody says: the first one that would be left when the machines of the app burn.
import type { Config } from '../config/config.ts'
import type { DestinationConfig } from '../config/schema/destination.ts'

export function drillSource(config: Config): string {
  const all = Object.entries(config.backup?.destinations ?? {})
  const [name = ''] = all.find(([, destination]) => !isOnHost(config, destination)) ?? all[0] ?? []
  return name
}

function isOnHost({ hosts }: Config, destination: DestinationConfig): boolean {
  switch (destination.kind) {
    case 'directory':
      // Without a host it is the machine that runs the command.
      return destination.host !== undefined || hosts.some(({ address }) => address === undefined)
    case 'sftp':
    case 'rsync':
      return hosts.some(
        ({ address }) => address !== undefined && machineOf(address) === machineOf(destination.address),
      )
    case 's3':
      return false
  }
}

function machineOf(address: string): string {
  return address.slice(address.indexOf('@') + 1)
}
