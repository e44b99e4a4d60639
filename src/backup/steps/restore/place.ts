// Where a restore works on a host: a private directory for what it fetches, gone with the end of the run.
import { formatBytes } from '../../../core/bytes.ts'
import { text } from '../../../core/lang.ts'
import { quote } from '../../../core/shell.ts'
import type { HostKind, Step } from '../../../engine/step.ts'

export interface PlaceStep extends Step {
  readonly kind: 'restore.place'
  readonly host: string
  readonly directory: string
  /** Bytes it will need, and bytes that stay free. */
  readonly expected: number
  readonly reserve: number
}

export interface ClearStep extends Step {
  readonly kind: 'restore.clear'
  readonly host: string
  readonly directory: string
}

/** What a dead restore left, after so many hours nobody comes back for it. */
const leftoverHours = 48

export function workDirectory(backups: string, run: string): string {
  return `${backups}/restore/${run}`
}

export const placeKind: HostKind<PlaceStep> = {
  at: 'host',
  run: ({ directory, expected, reserve }) => {
    const word = quote(directory)
    const above = quote(directory.slice(0, directory.lastIndexOf('/')))
    return `(umask 077; mkdir -p ${word}) || sw_problem directory
find ${above} -mindepth 1 -maxdepth 1 -mmin +${leftoverHours * 60} ! -path ${word} -exec rm -rf {} +
sw_free=$(df -Pk ${word} | awk 'NR == 2 { print $4 }')
[ -n "$sw_free" ] || sw_problem space unknown
[ "$sw_free" -ge ${Math.ceil((expected + reserve) / 1024)} ] || sw_problem space "$sw_free"`
  },
  undo: ({ directory }) => `rm -rf ${quote(directory)}`,
  inspect: ({ directory }) => `[ -d ${quote(directory)} ] && echo done || echo undone`,
  describe: ({ directory, expected }) =>
    text(
      `Make ${directory} (mode 0700) with ${formatBytes(expected)} of room`,
      `${directory} (Modus 0700) mit ${formatBytes(expected)} Platz anlegen`,
    ),
  explain: (step, { key, args: [free = ''] }) => {
    const needed = formatBytes(step.expected + step.reserve)
    const there = free === 'unknown' ? '?' : formatBytes(Number(free) * 1024)
    return {
      code: 'STW-B460',
      what: text(
        `There is no place for a restore on ${step.host}`,
        `Auf ${step.host} ist kein Platz für eine Wiederherstellung`,
      ),
      where: { host: step.host, step: step.id },
      why:
        key === 'space'
          ? text(
              `${needed} needed below ${step.directory}, ${there} free`,
              `${needed} nötig unter ${step.directory}, ${there} frei`,
            )
          : text(`${step.directory} cannot be made`, `${step.directory} lässt sich nicht anlegen`),
      next: [
        text(
          `On ${step.host}: df -h ${step.directory.slice(0, step.directory.lastIndexOf('/restore/'))}`,
          `Auf ${step.host}: df -h ${step.directory.slice(0, step.directory.lastIndexOf('/restore/'))}`,
        ),
      ],
    }
  },
}

export const clearKind: HostKind<ClearStep> = {
  at: 'host',
  run: ({ directory }) => `rm -rf ${quote(directory)}`,
  undo: () => ':',
  inspect: ({ directory }) => `[ -d ${quote(directory)} ] && echo undone || echo done`,
  describe: ({ directory }) => text(`Remove ${directory}`, `${directory} entfernen`),
}
