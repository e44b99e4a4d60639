// Opens a set on a host: its directory, room for it, and whether it is needed at all.
import { formatBytes } from '../../core/bytes.ts'
import { text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'
import { quote } from '../../core/shell.ts'
import { referenced, shellValue } from '../../core/shell-value.ts'
import type { HostKind, Report, Step } from '../../engine/step.ts'
import { spoolOf } from '../spool.ts'
import { endStrays, ofBackups } from './leftovers.ts'
import { ownText, spoolNotOurs } from './own.ts'

export interface OpenStep extends Step {
  readonly kind: 'backup.open'
  readonly host: string
  /** Directory of the backups. */
  readonly directory: string
  readonly set: string
  /** Bytes that this set will need here, as the one before it did. */
  readonly expected: number
  /** Bytes that stay free. */
  readonly reserve: number
  /** Asked first: the set is needed when one of them ends with 0; 3 means nothing is pending, anything else fails. */
  readonly pending: readonly {
    readonly directory: string
    readonly command: string
    readonly env: Readonly<Record<string, string>>
  }[]
  /** Secrets the configuration knows. */
  readonly known: readonly string[]
}

/** What a killed run left in the spool, after so many hours nobody comes back for it. */
const leftoverHours = 48

export const openKind: HostKind<OpenStep> = {
  at: 'host',
  run: (step, { root }) => {
    const spool = quote(spoolOf(step.directory, step.set))
    // The lock of backups is ours: whatever another backup still does or left here is of a dead one.
    const leftovers = root === step.directory ? endStrays(step.directory, step.set) : ':'
    const mark = root === step.directory ? ` && : >${spool}/${ofBackups}` : ''
    return `${ownText(step.directory, `${step.directory}/spool`)}
${leftovers}
(umask 077; mkdir -p ${spool}${mark}) || sw_problem directory ${spool}
find ${quote(`${step.directory}/spool`)} -mindepth 1 -maxdepth 1 -mmin +${leftoverHours * 60} ! -path ${spool} -exec rm -rf {} +
${pendingText(step)}
if [ ! -e ${spool}/skip ]; then
  sw_free=$(df -Pk ${spool} | awk 'NR == 2 { print $4 }')
  [ -n "$sw_free" ] || sw_problem space unknown
  [ "$sw_free" -ge ${Math.ceil(needed(step) / 1024)} ] || sw_problem space "$sw_free"
fi`
  },
  undo: step => {
    const spool = spoolOf(step.directory, step.set)
    return `[ -e ${quote(`${spool}/needed`)} ] || rm -rf ${quote(spool)}`
  },
  inspect: step => `[ -d ${quote(spoolOf(step.directory, step.set))} ] && echo done || echo undone`,
  describe: step =>
    text(
      `Make room for set ${step.set} below ${step.directory}`,
      `Platz für den Satz ${step.set} unter ${step.directory} schaffen`,
    ),
  explain,
  secrets: secretsOf,
}

function needed(step: OpenStep): number {
  return step.reserve + Math.ceil(step.expected * 1.5)
}

function secretsOf(step: OpenStep): readonly string[] {
  const values = step.pending.flatMap(({ command, env }) => [command, ...Object.values(env)])
  return referenced(values, step.known)
}

function pendingText(step: OpenStep): string {
  if (step.pending.length === 0) return ':'
  const spool = quote(spoolOf(step.directory, step.set))
  const asked = step.pending.map(({ directory, command, env }) => {
    const variables = Object.entries(env).map(
      ([name, value]) => `${name}=${shellValue(value, secretsOf(step))}; export ${name}`,
    )
    // A shell of its own, so that the variables of one question do not reach the next.
    return `sw_rc=0
(
cd ${quote(directory)}
${variables.join('\n')}
printf '%s\\n' ${quote(command)} >"$sw_tmp/pending"
sw_bounded ${Math.max(1, Math.floor(step.timeout / 1000))} "$sw_tmp/pending"
) || sw_rc=$?
case "$sw_rc" in 0) rm -f ${spool}/skip ;; 3) ;; *) sw_problem pending "$sw_rc" ${quote(command)} ;; esac`
  })
  return `(umask 077; : >${spool}/skip)
${asked.join('\n')}
[ ! -e ${spool}/skip ] || sw_data skipped yes`
}

function explain(step: OpenStep, { key, args }: Report): Problem {
  const where = { host: step.host, step: step.id }
  const [first = '', second = ''] = args
  if (key === 'pending') {
    return {
      code: 'STW-B002',
      what: text(
        `"${second}" could not tell whether a migration is pending`,
        `„${second}“ konnte nicht sagen, ob eine Migration ansteht`,
      ),
      where,
      why: text(`it ended with exit code ${first}`, `er endete mit Exit-Code ${first}`),
      next: [
        text(
          'It must end with 0 when something is pending and with 3 when nothing is',
          'Er muss mit 0 enden, wenn etwas ansteht, und mit 3, wenn nichts ansteht',
        ),
      ],
    }
  }
  if (key === 'own') return { ...spoolNotOurs({ host: step.host, why: first, directory: second }), where }
  if (key === 'space') {
    const free = first === 'unknown' ? '?' : formatBytes(Number(first) * 1024)
    return {
      code: 'STW-B003',
      what: text(
        `There is not enough room on ${step.host} for a backup`,
        `Auf ${step.host} ist nicht genug Platz für ein Backup`,
      ),
      where,
      why: text(
        `${formatBytes(needed(step))} needed below ${step.directory}, ${free} free`,
        `${formatBytes(needed(step))} nötig unter ${step.directory}, ${free} frei`,
      ),
      next: [
        text(
          `On ${step.host}: du -xh ${step.directory} | sort -h | tail`,
          `Auf ${step.host}: du -xh ${step.directory} | sort -h | tail`,
        ),
      ],
    }
  }
  return {
    code: 'STW-B001',
    what: text(
      `${step.directory} on ${step.host} cannot be made`,
      `${step.directory} auf ${step.host} lässt sich nicht anlegen`,
    ),
    where,
    next: [
      text(
        `On ${step.host}: sudo install -d -m 700 -o "$USER" ${step.directory}`,
        `Auf ${step.host}: sudo install -d -m 700 -o "$USER" ${step.directory}`,
      ),
    ],
  }
}
