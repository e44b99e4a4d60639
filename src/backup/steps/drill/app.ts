// The app's own check of what was restored.
import { text } from '../../../core/lang.ts'
import { quote } from '../../../core/shell.ts'
import { referenced } from '../../../core/shell-value.ts'
import type { HostKind, Step } from '../../../engine/step.ts'

export interface DrillAppStep extends Step {
  readonly kind: 'drill.app'
  readonly host: string
  readonly directory: string
  readonly command: string
  /** By database: its scratch database or file. */
  readonly databases: Readonly<Record<string, string>>
  /** Secrets the configuration knows. */
  readonly known: readonly string[]
}

export const drillAppKind: HostKind<DrillAppStep> = {
  at: 'host',
  run: step => {
    const seconds = Math.max(1, Math.floor(step.timeout / 1000))
    const variables = [
      ['STELLWERK_DRILL', step.directory],
      ...Object.entries(step.databases).map(([name, target]) => [variableOf(name), target]),
    ]
    return `cd ${quote(step.directory)}
${variables.map(([name, value]) => `${name}=${quote(value ?? '')}; export ${name}`).join('\n')}
printf '%s\\n' ${quote(step.command)} >"$sw_tmp/app"
sw_rc=0
sw_bounded ${seconds} "$sw_tmp/app" || sw_rc=$?
[ "$sw_rc" = 0 ] || sw_problem app "$sw_rc"`
  },
  undo: () => ':',
  inspect: () => 'echo unknown',
  describe: ({ command }) =>
    text(`Run with the restored data: ${command}`, `Mit den wiederhergestellten Daten ausführen: ${command}`),
  explain: (step, { args: [code = '?'] }) => ({
    code: 'STW-B436',
    what: text(
      `The app's own check of the restored data says no: ${step.command}`,
      `Die eigene Prüfung der App sagt nein zu den wiederhergestellten Daten: ${step.command}`,
    ),
    where: { host: step.host, step: step.id },
    why:
      code === '124'
        ? text(
            'it took longer than its time-out and was ended',
            'sie dauerte länger als das Zeitlimit und wurde beendet',
          )
        : text(`it ended with exit code ${code}`, `sie endete mit Exit-Code ${code}`),
  }),
  secrets: ({ command, known }) => referenced([command], known),
}

/** `STELLWERK_DRILL_<DATABASE>`, as a shell can name it. */
function variableOf(database: string): string {
  return `STELLWERK_DRILL_${database.toUpperCase().replaceAll('-', '_')}`
}
