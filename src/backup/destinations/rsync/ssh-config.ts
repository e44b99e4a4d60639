// The ssh configuration of one destination. Nothing of the user's own counts: the one host key that stellwerk.yaml names must be
// the one that is shown, whatever ~/.ssh says.
export const alias = 'stellwerk-destination'

export interface SshAccount {
  /** user@host. */
  readonly address: string
  readonly port: number
  readonly identityFile?: string | undefined
  readonly home: string
  /** Path of the file with `knownHosts`. */
  readonly knownHosts: string
}

export function knownHosts(hostKey: string): string {
  return `${alias} ${hostKey.split(' ').slice(0, 2).join(' ')}\n`
}

export function sshConfig({ address, port, identityFile, home, knownHosts }: SshAccount): string {
  const at = address.lastIndexOf('@')
  const key = identityFile?.replace(/^~\//, `${home}/`)
  return `${[
    `Host ${alias}`,
    `  HostName ${address.slice(at + 1).replaceAll(/[[\]]/g, '')}`,
    `  User ${address.slice(0, at)}`,
    `  Port ${port}`,
    `  HostKeyAlias ${alias}`,
    '  CheckHostIP no',
    '  StrictHostKeyChecking yes',
    `  UserKnownHostsFile ${word(knownHosts)}`,
    '  GlobalKnownHostsFile /dev/null',
    '  UpdateHostKeys no',
    '  BatchMode yes',
    '  ConnectTimeout 15',
    '  ServerAliveInterval 5',
    '  ServerAliveCountMax 3',
    '  ClearAllForwardings yes',
    ...(key === undefined ? [] : [`  IdentityFile ${word(key)}`, '  IdentitiesOnly yes']),
  ].join('\n')}\n`
}

/** One word of ssh_config, where "%" begins a name of ssh's own. */
function word(path: string): string {
  return `"${path.replaceAll('%', '%%')}"`
}
