// What is true about releases on a host before a plan is made: a read-only script and the reader of its answer.
import { quote } from '../core/shell.ts'
import { layout } from './layout.ts'
import { parseRecord, type ReleaseRecord } from './record.ts'
import { readCurrent } from './steps/switch.ts'

export interface ReleaseFacts {
  /** User the scripts run as. */
  readonly user: string
  readonly uid: number
  /** Id that `current` points to; undefined: no link yet. */
  readonly current?: string
  /** `current` exists but is no link into releases/: somebody works here by hand. */
  readonly currentProblem?: string
  readonly releases: readonly ReleaseRecord[]
  /** Ids that retention must not remove. */
  readonly pinned: readonly string[]
  /** Directories in releases/ without a readable record. */
  readonly strangers: readonly string[]
  readonly freeBytes: number
  readonly freeInodes: number
  readonly tools: readonly string[]
  /** Seconds the host's clock is ahead of ours; negative: behind. */
  readonly clockSkew: number
  readonly sharedMissing: readonly string[]
}

const tools = [
  'tar',
  'gzip',
  'zstd',
  'sha256sum',
  'base64',
  'setsid',
  'stat',
  'mktemp',
  'sudo',
  'su',
  'systemctl',
  'nginx',
  'node',
  'rsync',
]

/** Prints `release.<key> <value>` lines. Changes nothing. `sharedFiles`: files that must exist before a deploy. */
export function releaseFactsScript(root: string, sharedFiles: readonly string[]): string {
  return `sw_r=${quote(root)}
echo "release.user $(id -un 2>/dev/null || id -u)"
echo "release.uid $(id -u)"
echo "release.clock $(date +%s)"
${readCurrent(root)}
if [ -L "$sw_r/current" ]; then echo "release.current $sw_was"
elif [ -e "$sw_r/current" ]; then echo "release.current-problem not-a-link"; fi
sw_p=$sw_r
while [ ! -d "$sw_p" ]; do sw_p=\${sw_p%/*}; [ -n "$sw_p" ] || sw_p=/; done
echo "release.free $(df -Pk "$sw_p" 2>/dev/null | tail -n 1 | tr -s ' ' | cut -d' ' -f4)"
echo "release.inodes $(df -Pi "$sw_p" 2>/dev/null | tail -n 1 | tr -s ' ' | cut -d' ' -f4)"
for sw_t in ${tools.join(' ')}; do command -v "$sw_t" >/dev/null 2>&1 && echo "release.tool $sw_t"; done
for sw_d in "$sw_r"/releases/*/; do
  [ -d "$sw_d" ] || continue
  if [ -s "$sw_d.stellwerk.json" ]; then
    # Builtins only: a process for each of ten thousand releases would take longer than a lock is waited for.
    printf 'release.record '
    while IFS= read -r sw_line || [ -n "$sw_line" ]; do printf '%s' "$sw_line"; done <"$sw_d.stellwerk.json"
    echo
  else sw_d=\${sw_d%/}; echo "release.stranger \${sw_d##*/}"; fi
  [ -e "$sw_d.stellwerk-pin" ] && { sw_d=\${sw_d%/}; echo "release.pinned \${sw_d##*/}"; }
done
${sharedFiles.map(file => `[ -e ${quote(`${layout.shared(root)}/${file}`)} ] || echo ${quote(`release.shared-missing ${file}`)}`).join('\n')}
`
}

export function parseReleaseFacts(output: string, now: Date): ReleaseFacts {
  const values = (key: string) =>
    output
      .split('\n')
      .filter(line => line.startsWith(`release.${key} `))
      .map(line => line.slice(key.length + 9))
  const link = values('current')[0]
  const current = link === undefined ? undefined : /^(?:.*\/)?releases\/([^/]+)\/?$/.exec(link)?.[1]
  const problem =
    values('current-problem')[0] ??
    (link !== undefined && current === undefined ? `link to ${link}` : undefined)
  return {
    user: values('user')[0] ?? '',
    uid: number(values('uid')[0]),
    ...(current === undefined ? {} : { current }),
    ...(problem === undefined ? {} : { currentProblem: problem }),
    releases: values('record')
      .flatMap(line => parseRecord(line) ?? [])
      .toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    pinned: values('pinned'),
    strangers: values('stranger'),
    freeBytes: number(values('free')[0]) * 1024,
    freeInodes: number(values('inodes')[0]),
    tools: values('tool'),
    clockSkew: number(values('clock')[0]) - Math.round(now.getTime() / 1000),
    sharedMissing: values('shared-missing'),
  }
}

// NaN for a missing number: a comparison with it is never true, so "no data" can never look like enough space.
function number(value: string | undefined): number {
  return value === undefined || value === '' || value === '-' ? Number.NaN : Number(value)
}
