// The release steps of one host, as deploy and rollback share them.
import type { Config, HostConfig } from '../config/config.ts'
import { type Text, text } from '../core/lang.ts'
import type { ReleaseRecord, ReleaseState } from '../release/record.ts'
import type { CommandStep } from '../release/steps/command.ts'
import { withState } from '../release/steps/fragment.ts'
import type { PruneStep } from '../release/steps/prune.ts'
import type { StateStep } from '../release/steps/state.ts'
import type { SwitchStep } from '../release/steps/switch.ts'
import type { VerifyStep } from '../release/steps/verify.ts'

export const second = 1000

export const noUndo = (en: string, de: string) => ({ how: 'none', why: text(en, de) }) as const

export function switchStep(host: HostConfig, release: string, previous: string | undefined): SwitchStep {
  const back =
    previous === undefined
      ? text('Remove the link again', 'Den Link wieder entfernen')
      : text(`Point current back to ${previous}`, `current wieder auf ${previous} zeigen lassen`)
  return {
    id: `switch/${host.name}/link`,
    kind: 'release.switch',
    host: host.name,
    root: host.root,
    release,
    ...(previous === undefined ? {} : { previous }),
    title: text('Switch the link', 'Link umschalten'),
    timeout: 30 * second,
    undo: { how: 'auto', title: back },
  }
}

export function stateStep(
  id: string,
  host: HostConfig,
  before: ReleaseRecord,
  state: ReleaseState,
  run: string,
): StateStep {
  return {
    id,
    kind: 'release.state',
    host: host.name,
    root: host.root,
    record: withState(before, state, run),
    before,
    title: text(`Mark ${before.id} as ${state}`, `${before.id} als ${state} vermerken`),
    timeout: 30 * second,
    undo: {
      how: 'auto',
      title: text(
        `Mark ${before.id} as ${before.state} again`,
        `${before.id} wieder als ${before.state} vermerken`,
      ),
    },
  }
}

export interface CommandsProps {
  readonly id: string
  readonly title: Text
  readonly config: Config
  readonly host: HostConfig
  readonly release: string
  readonly commands: readonly string[]
  readonly onlyIf?: string | undefined
  readonly env?: Readonly<Record<string, string>>
  readonly timeout: number
  readonly why: Text
}

/** A team's commands in a release; there is no general way to take them back. */
export function commandStep(props: CommandsProps): CommandStep {
  const { config, host } = props
  return {
    id: props.id,
    kind: 'release.command',
    host: host.name,
    root: host.root,
    environment: config.environment.name,
    release: props.release,
    commands: props.commands,
    ...(props.onlyIf === undefined ? {} : { onlyIf: props.onlyIf }),
    env: { ...host.env, ...props.env },
    known: [...config.secrets.keys(), ...config.secretCommands.keys()].toSorted(),
    when: 'go',
    title: props.title,
    timeout: props.timeout,
    undo: { how: 'none', why: props.why },
  }
}

/** The commands of release.afterSwitch, once for the way there and once, before the switch, for the way back: undo runs in
 *  reverse, so what stands before the switch is undone when the link is back. */
export function afterSwitchSteps(
  config: Config,
  host: HostConfig,
  release: string,
  previous: string | undefined,
): { readonly leave: CommandStep[]; readonly arrive: CommandStep[] } {
  const commands = config.release.afterSwitch
  if (commands.length === 0) return { leave: [], arrive: [] }
  const title = text('After the switch', 'Nach der Umschaltung')
  const timeout = config.release.prepareTimeout
  const shared = { config, host, release, commands, title, timeout }
  const again = text(
    'run again in the old release when the link is back',
    'laufen im alten Release erneut, sobald der Link zurück ist',
  )
  const back: CommandStep = {
    ...commandStep({ ...shared, id: `switch/${host.name}/after-undo`, why: again }),
    when: 'back',
    title: text('Remember what runs after a switch back', 'Merken, was nach dem Zurückschalten läuft'),
    ...(previous === undefined ? {} : { undoRelease: previous }),
    undo: { how: 'auto', title: text('After the switch back', 'Nach dem Zurückschalten') },
  }
  return { leave: [back], arrive: [commandStep({ ...shared, id: `switch/${host.name}/after`, why: again })] }
}

export function pruneStep(id: string, host: HostConfig, remove: readonly string[]): PruneStep {
  return {
    id,
    kind: 'release.prune',
    host: host.name,
    root: host.root,
    remove,
    keepRuns: 50,
    title:
      remove.length === 0
        ? text('Nothing to remove', 'Nichts zu entfernen')
        : remove.length === 1
          ? text('Remove 1 old release', '1 altes Release entfernen')
          : text(`Remove ${remove.length} old releases`, `${remove.length} alte Releases entfernen`),
    timeout: 600 * second,
    undo: noUndo(
      'what is removed was superfluous by the retention rule',
      'Entferntes war nach der Aufbewahrungsregel überflüssig',
    ),
  }
}

/** Compares every file of a release on the host with its SHA-256. */
export function filesStep(
  id: string,
  host: HostConfig,
  release: string,
  digest: string,
  title: Text,
): VerifyStep {
  return {
    id,
    kind: 'release.verify',
    host: host.name,
    root: host.root,
    release,
    digest,
    title,
    timeout: 600 * second,
    undo: noUndo('it only looks', 'es schaut nur'),
  }
}
