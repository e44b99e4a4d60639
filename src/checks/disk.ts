// Free space, by `df -Pk`: the one output format that GNU and BusyBox share.
import type { DiskCheck } from '../config/schema/check.ts'
import { formatBytes } from '../core/bytes.ts'
import { text } from '../core/lang.ts'
import { quote } from '../core/shell.ts'
import { diskByHand } from './by-hand-host.ts'
import { type Attempt, attempt } from './context.ts'
import { type Said, seconds } from './host-script.ts'
import type { Probe } from './probe.ts'

export const diskProbe: Probe<DiskCheck> = {
  place: () => 'host',
  ofHost: () => true,
  byHand: diskByHand,
  describe: () => text('free disk space', 'freier Plattenplatz'),
  script: {
    fragment: (check, { root }) => diskFragment(check, root),
    judge: (check, said, _, { root }) => judgeDisk(check, said, root),
  },
}

/** `root`: looked at when the check names no path. It may not exist before the first deploy, so its nearest parent
 *  stands for it; a path the user named must exist. */
function diskFragment(check: DiskCheck, root: string | undefined): string {
  const path = check.path ?? root ?? '/'
  const climb =
    check.path === undefined
      ? 'while [ ! -e "$sw_path" ] && [ "$sw_path" != / ]; do sw_path=$(dirname "$sw_path"); done\n'
      : ''
  // Not through sw_run: this must answer on a full disk, where no temporary file can be made.
  return `sw_path=${quote(path)}
${climb}[ -e "$sw_path" ] || { sw_say nopath yes; exit; }
sw_limit=
if command -v timeout >/dev/null 2>&1; then sw_limit=${quote(`timeout ${seconds(check.timeout)}`)}; fi
LC_ALL=C $sw_limit df -Pk -- "$sw_path" 2>&1 | sw_tell df`
}

export interface FreeSpace {
  /** Bytes that a user may still write. */
  readonly free: number
  /** Of what users may fill at all, as df counts; undefined for a file system without a size. */
  readonly percent: number | undefined
}

/** Reads the last line of `df -Pk`, or undefined when it is none. The name of a file system may hold blanks. */
export function parseDf(output: string): FreeSpace | undefined {
  const line = output.trimEnd().split('\n').at(-1) ?? ''
  const match = /\s(\d+)\s+(\d+)\s+(-?\d+)\s+(\d+%|-)\s+\//.exec(line)
  if (!match) return undefined
  const used = Number(match[2])
  const free = Math.max(0, Number(match[3]))
  const total = used + free
  return { free: free * 1024, percent: total === 0 ? undefined : (free / total) * 100 }
}

function judgeDisk(check: DiskCheck, { values }: Said, root: string | undefined): Attempt {
  const path = check.path ?? root ?? '/'
  if (values['nopath']) return attempt('unknown', text(`${path} does not exist`, `${path} existiert nicht`))
  const space = parseDf(values['df'] ?? '')
  if (space === undefined) {
    const said = (values['df'] ?? '').trim().slice(0, 200)
    return attempt(
      'unknown',
      text(
        `df said nothing that can be read: ${JSON.stringify(said)}`,
        `df sagte nichts Lesbares: ${JSON.stringify(said)}`,
      ),
    )
  }
  const { free, percent } = space
  const details = { path, free, ...(percent === undefined ? {} : { percent: Math.round(percent * 10) / 10 }) }
  const share = percent === undefined ? '' : ` (${Math.floor(percent)} %)`
  const has = text(
    `${path} has ${formatBytes(free)} free${share}`,
    `${path} hat ${formatBytes(free)} frei${share}`,
  )
  if (check.minFree !== undefined && free < check.minFree)
    return tooLittle(has, formatBytes(check.minFree), details)
  if (check.minFreePercent === undefined) return attempt('pass', has, details)
  if (percent === undefined) {
    return attempt(
      'unknown',
      text(`${has.en}, but no size to take a share of`, `${has.de}, aber keine Größe für einen Anteil`),
      details,
    )
  }
  return percent < check.minFreePercent
    ? tooLittle(has, `${check.minFreePercent} %`, details)
    : attempt('pass', has, details)
}

function tooLittle(has: { en: string; de: string }, least: string, details: Attempt['details']): Attempt {
  return attempt(
    'fail',
    text(`${has.en}, expected at least ${least}`, `${has.de}, erwartet mindestens ${least}`),
    details,
  )
}
