// Config -> unit file. Pure. The unit names `current`, not a release, so it stays the same over deploys: the release is
// read from the directory at each start.

import { referenced } from '../../core/shell-value.ts'
import { exportLines, foreground, ownVariables, unsetLine } from '../command-line.ts'
import { seconds } from '../process/spec.ts'
import { execWord, unitLine, unitWord } from './unit-words.ts'

export interface UnitProps {
  readonly description: string
  /** Absolute directory of the app on the host. */
  readonly root: string
  readonly command: string
  readonly env: Readonly<Record<string, string>>
  /** Names of the secrets that env and command refer to; their values are in `secretsFile`, mode 0600. */
  readonly secrets: readonly string[]
  readonly secretsFile: string
  readonly port?: number
  readonly scope: 'system' | 'user'
  readonly user?: string
  /** Milliseconds, then KILL. */
  readonly stopTimeout: number
  /** Units that start before it when the machine boots. */
  readonly after: readonly string[]
}

export function renderUnit(props: UnitProps): string {
  const { root, env, secrets } = props
  // A value that refers to something known only at start is put together there; all others are plain settings.
  const late = Object.keys(env).filter(
    name => referenced([env[name] ?? ''], [...secrets, ...ownVariables]).length > 0,
  )
  const run = foreground(props.command)
  const script = [
    'set -eu',
    'RELEASE=$(pwd -P); RELEASE=${RELEASE##*/}; export RELEASE; STELLWERK_RELEASE=$RELEASE; export STELLWERK_RELEASE',
    ...exportLines(Object.fromEntries(late.map(name => [name, env[name] ?? ''])), secrets),
    unsetLine(env, secrets, props.command),
    run,
  ]
  const settings = Object.keys(env)
    .sort()
    .filter(name => !late.includes(name) && !ownVariables.includes(name))
    .map(name => `Environment=${unitWord(`${name}=${env[name]}`)}`)
  const system = props.scope === 'system'
  return [
    '# Written by Stellwerk; the next deploy writes it again.',
    '[Unit]',
    `Description=${unitLine(props.description)}`,
    ...(system ? ['Wants=network-online.target'] : []),
    `After=${[...(system ? ['network-online.target'] : []), ...props.after].join(' ')}`,
    'StartLimitIntervalSec=600',
    'StartLimitBurst=6',
    '',
    '[Service]',
    'Type=exec',
    `WorkingDirectory=${unitLine(`${root}/current`)}`,
    ...(props.port === undefined ? [] : [`Environment=PORT=${props.port}`]),
    ...settings,
    ...(secrets.length > 0 ? [`EnvironmentFile=${unitLine(props.secretsFile)}`] : []),
    ...(system && props.user !== undefined ? [`User=${props.user}`] : []),
    `ExecStart=/bin/sh -c ${execWord(script.join('\n'))}`,
    "ExecReload=/bin/sh -c 'kill -HUP $MAINPID'",
    'Restart=on-failure',
    'RestartSec=1',
    `TimeoutStopSec=${seconds(props.stopTimeout)}`,
    // Behind a shell, only a signal to everyone reaches the app; "mixed" would kill it as soon as the shell ends.
    `KillMode=${run === props.command ? 'control-group' : 'mixed'}`,
    // Only what no app notices: /usr and /etc become read-only for it. More would need to know the app.
    ...(system ? ['ProtectSystem=full', 'ProtectControlGroups=yes', `ReadWritePaths=${unitWord(root)}`] : []),
    '',
    '[Install]',
    `WantedBy=${system ? 'multi-user.target' : 'default.target'}`,
    '',
  ]
    .filter(line => line !== 'After=')
    .join('\n')
}
