// Lines for cron. They follow CRON_TZ, which cronie knows; Debian's own cron does not, and systemd timers serve there.
import { type Text, text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { err, ok, type Result } from '../core/result.ts'
import { quote, words } from '../core/shell.ts'
import type { Schedule } from './schedule.ts'
import type { TimerProps } from './timers.ts'

export function crontab({ zone, entries, command }: TimerProps): readonly string[] {
  return [
    '# Needs a cron that knows CRON_TZ, such as cronie. Lines of your own belong above: it holds for all that follow.',
    `CRON_TZ=${zone}`,
    ...entries.flatMap(({ name, schedule }) => {
      const run = escaped(words(...command(name)))
      return timesOf(schedule, zone).map(({ fields, guard }) => `${fields} ${guard}${run}`)
    }),
  ]
}

interface Times {
  readonly fields: string
  /** What a field of cron cannot say, as a condition before the command. */
  readonly guard: string
}

/** Cron takes a day of the month and a weekday as either-or, so the weekday of "first sunday" is asked for by the line itself. */
function timesOf(schedule: Schedule, zone: string): readonly Times[] {
  const { minutes, hours, days, months, weekdays, nth, cron } = schedule
  if (cron !== undefined) return [{ fields: cron, guard: '' }]
  const time = `${minutes.join(',')} ${hours.length === 24 ? '*' : hours.join(',')}`
  if (nth === undefined)
    return [
      {
        fields: `${time} ${days?.join(',') ?? '*'} ${months?.join(',') ?? '*'} ${weekdays?.join(',') ?? '*'}`,
        guard: '',
      },
    ]
  const ask = (format: string) => `"$(TZ=${quote(zone)} date +\\%${format})"`
  // For date, Sunday is 7.
  const guard = `[ ${ask('u')} = ${weekdays?.[0] || 7} ] && `
  if (nth !== 'last') return [{ fields: `${time} ${nth * 7 - 6}-${nth * 7} * *`, guard }]
  const leapYear = `$(( ${ask('Y').slice(1, -1)} \\% 4 )) = 0`
  return [
    { fields: `${time} 25-31 1,3,5,7,8,10,12 *`, guard },
    { fields: `${time} 24-30 4,6,9,11 *`, guard },
    { fields: `${time} 22 2 *`, guard: `${guard}[ ! ${leapYear} ] && ` },
    { fields: `${time} 23-28 2 *`, guard },
    { fields: `${time} 29 2 *`, guard },
  ]
}

/** A bare "%" ends the command of a line, and so does the end of the line. */
function escaped(command: string): string {
  if (/[\n\r]/.test(command)) throw new Error('a command of a crontab is one line')
  return command.replaceAll('%', '\\%')
}

/** The crontab with these lines between our two markers at its end, or without them when there are none. What others wrote
 *  stays as it is. */
export function withCrontab(
  existing: string,
  app: string,
  environment: string,
  lines: readonly string[],
): Result<string> {
  const [begin, end] = [`# BEGIN stellwerk ${app}/${environment}`, `# END stellwerk ${app}/${environment}`]
  const others: string[] = []
  let inside = false
  for (const line of existing.replace(/\n$/, '').split('\n')) {
    if (line === begin && inside) return err(cut(begin, end))
    if (line === begin) inside = true
    else if (line === end && !inside) return err(cut(begin, end))
    else if (line === end) inside = false
    else if (!inside) others.push(line)
  }
  if (inside) return err(cut(begin, end))
  const block = lines.length === 0 ? [] : [begin, ...lines, end]
  const all = [...(others.length === 1 && others[0] === '' ? [] : others), ...block]
  return ok(all.length === 0 ? '' : `${all.join('\n')}\n`)
}

function cut(begin: string, end: string): Problem {
  const what: Text = text(
    `The crontab does not hold "${begin}" and "${end}" as a pair`,
    `Die Crontab enthält „${begin}“ und „${end}“ nicht als Paar`,
  )
  return {
    code: 'STW-B302',
    what,
    why: text(
      'which lines are ours cannot be told, and nothing was changed',
      'welche Zeilen die unseren sind, lässt sich nicht sagen, und nichts wurde geändert',
    ),
    next: [text('crontab -e', 'crontab -e')],
  }
}
