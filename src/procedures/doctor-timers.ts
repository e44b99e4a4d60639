// Whether the schedule of the document runs anywhere that doctor can see: by timers of this machine, or by its crontab.
import type { Config } from '../config/config.ts'
import { text } from '../core/lang.ts'
import { quote } from '../core/shell.ts'
import { answerOf, type Probe } from '../engine/host-probes.ts'
import type { DoctorFinding } from './doctor-finding.ts'

function entriesOf({ backup }: Config): readonly string[] {
  return Object.keys(backup?.schedule ?? {})
}

/** Prints the entries that have a timer here; `cron` stands for all of them. */
export function timerProbes(config: Config): readonly Probe[] {
  const { app, environment } = config
  const entries = entriesOf(config)
  if (entries.length === 0) return []
  const unit = (entry: string) => `stellwerk-backup-${app}_${environment.name}_${entry}.timer`
  const fragment = `sw_user=\${XDG_CONFIG_HOME:-\${HOME:-/}/.config}/systemd/user
${entries
  .map(
    entry =>
      `if [ -f /etc/systemd/system/${quote(unit(entry))} ] || [ -f "$sw_user"/${quote(unit(entry))} ]; then echo ${quote(entry)}; fi`,
  )
  .join('\n')}
crontab -l >"$sw_tmp/crontab" 2>/dev/null || :
if grep -qxF ${quote(`# BEGIN stellwerk ${app}/${environment.name}`)} "$sw_tmp/crontab"; then echo cron; fi`
  return [{ id: 'timers', fragment, secrets: [] }]
}

/** Another machine may be the one that keeps the time, so this only warns. */
export function timerFindings(config: Config, output: string): readonly DoctorFinding[] {
  const entries = entriesOf(config)
  if (entries.length === 0) return []
  const answer = answerOf('timers', output)
  const there = answer.ok ? answer.lines : []
  const missing = there.includes('cron') ? [] : entries.filter(entry => !there.includes(entry))
  if (missing.length === 0) return []
  const { name } = config.environment
  const list = missing.join(', ')
  return [
    {
      key: ['backup', 'schedule'],
      weight: 'warns',
      problem: {
        code: 'STW-D715',
        what: text(
          `Nothing on this machine keeps the schedule: ${list}`,
          `Nichts auf dieser Maschine hält den Zeitplan ein: ${list}`,
        ),
        why: text(
          'there is neither a timer nor a line in the crontab; fine when another machine does it',
          'es gibt weder einen Timer noch eine Zeile in der Crontab; gut, wenn eine andere Maschine es tut',
        ),
        next: [text(`stellwerk schedule install ${name}`, `stellwerk schedule install ${name}`)],
      },
    },
  ]
}
