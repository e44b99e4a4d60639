// A file, a directory or a link, by what sh and coreutils say of it.
import type { FileCheck } from '../config/schema/check.ts'
import { formatBytes } from '../core/bytes.ts'
import { formatDuration } from '../core/duration.ts'
import { type Text, text } from '../core/lang.ts'
import { quote } from '../core/shell.ts'
import { fileByHand } from './by-hand-host.ts'
import { type Attempt, attempt } from './context.ts'
import { atLeast, atMost, belowRoot, joinTexts, unreadable } from './findings.ts'
import type { Said } from './host-script.ts'
import { explained } from './known-errors.ts'
import type { Probe } from './probe.ts'

export const fileProbe: Probe<FileCheck> = {
  place: () => 'host',
  ofHost: () => true,
  byHand: fileByHand,
  describe: ({ path }) => text(path, path),
  script: {
    fragment: (check, { root }) => fileFragment(check, root),
    judge: (check, said) => judgeFile(check, said),
  },
}

function fileFragment(check: FileCheck, root: string | undefined): string {
  const path = belowRoot(check.path, root)
  if (path === undefined) return 'sw_say noroot yes'
  const asked = [
    ...(check.writable === undefined ? [] : [writing(check.user)]),
    ...(check.encoding === undefined ? [] : [encoding]),
    ...(check.contains === undefined ? [] : [containing(check.contains)]),
  ]
  return `sw_path=${quote(path)}
if [ ! -e "$sw_path" ] && [ ! -L "$sw_path" ]; then
  # What lies in a directory that this user may not enter is not known to be missing.
  sw_up=$(dirname "$sw_path")
  while [ ! -e "$sw_up" ] && [ "$sw_up" != / ]; do sw_up=$(dirname "$sw_up"); done
  if [ -x "$sw_up" ]; then sw_say there no; else sw_say hidden "$sw_up"; fi
  exit
fi
sw_say there yes
if [ -L "$sw_path" ]; then sw_say link yes; fi
if [ -d "$sw_path" ]; then sw_say type directory; elif [ -f "$sw_path" ]; then sw_say type file; else sw_say type other; fi
stat -L -c '%a %U %s %Y' "$sw_path" 2>&1 | sw_tell stat
sw_say now "$(date +%s)"
${asked.join('\n')}`
}

// Permissions say little about a full disk or a volume mounted read-only: a directory is proven by a file. `asked` is the proof that the
// user was there at all, `wrote` that only the tidying failed.
function writing(user: string | undefined): string {
  const probe = `printf 'asked '; LC_ALL=C; export LC_ALL; if [ -d "$1" ]; then f=$(mktemp "$1/.stellwerk-write.XXXXXX") && printf 'wrote ' && rm -f "$f"; else [ -w "$1" ] || { echo "no permission to write" >&2; exit 1; }; fi`
  // In the command itself: su gives its further arguments to the shell in one way here and in another there.
  const own = `sh -c ${quote(probe)} sw "$sw_path"`
  if (user === undefined) return `sw_said=$(${own} 2>&1) && sw_say write yes || sw_say write "no $sw_said"`
  const other = quote(user)
  return `sw_quoted=$(printf '%s' "$sw_path" | sed "s/'/'\\\\\\\\''/g")
sw_probe="set -- '$sw_quoted'; "${quote(probe)}
if ! id ${other} >/dev/null 2>&1; then sw_say nouser yes
elif [ "$(id -un)" = ${other} ]; then sw_said=$(${own} 2>&1) && sw_say write yes || sw_say write "no $sw_said"
elif [ "$(id -u)" = 0 ]; then sw_said=$(cd / && su -s /bin/sh -c "$sw_probe" ${other} 2>&1) && sw_say write yes || sw_say write "no $sw_said"
elif sudo -n -u ${other} true 2>/dev/null; then sw_said=$(cd / && sudo -n -u ${other} sh -c "$sw_probe" 2>&1) && sw_say write yes || sw_say write "no $sw_said"
else sw_say nosudo "$(id -un)"; fi`
}

// Without iconv (BusyBox) a small file is looked at here, byte by byte.
const encoding = `if [ ! -r "$sw_path" ]; then sw_say unreadable yes
elif command -v iconv >/dev/null 2>&1; then
  if iconv -f UTF-8 -t UTF-8 <"$sw_path" >/dev/null 2>&1; then sw_say utf8 yes; else sw_say utf8 no; fi
elif [ "$(wc -c <"$sw_path")" -le 20000 ]; then od -An -v -tx1 <"$sw_path" | sw_tell hex
else sw_say missing iconv; fi`

function containing(part: string): string {
  return `if [ ! -r "$sw_path" ]; then sw_say unreadable yes
elif grep -qF -e ${quote(part)} -- "$sw_path"; then sw_say contains yes; else sw_say contains no; fi`
}

function judgeFile(check: FileCheck, { values }: Said): Attempt {
  const { path } = check
  const unknown = cannotTell(check, values)
  if (unknown !== undefined) return unknown
  if (values['there'] === 'no') {
    const gone = text(`${path} does not exist`, `${path} existiert nicht`)
    return check.exists ? attempt('fail', explained(gone)) : attempt('pass', gone)
  }
  if (!check.exists)
    return attempt('fail', text(`${path} exists, expected none`, `${path} existiert, erwartet keines`))
  const facts = factsOf(values)
  if (facts === undefined) return unreadable('stat', values['stat'] ?? '')
  if (check.maxAge !== undefined && facts.age < -60)
    return attempt(
      'unknown',
      text(
        `nothing tells how old ${path} is: its last change lies in the future`,
        `nichts sagt, wie alt ${path} ist: seine letzte Änderung liegt in der Zukunft`,
      ),
    )
  const parts = judgeParts(check, values, facts)
  const { mode, owner, bytes } = facts
  const kind = { file: text('a file', 'eine Datei'), directory: text('a directory', 'ein Verzeichnis') }
  const what = kind[values['type'] as keyof typeof kind] ?? text('there', 'vorhanden')
  const seen = text(
    `${path} is ${what.en} (mode ${mode}, owner ${owner}, ${formatBytes(bytes)})`,
    `${path} ist ${what.de} (Modus ${mode}, Eigentümer ${owner}, ${formatBytes(bytes)})`,
  )
  const details = { path, mode, owner, bytes }
  if (parts.length === 0 && !isWritingTold(check, values)) {
    const why = saidOf(values)
    return attempt(
      'unknown',
      text(
        `nothing tells whether ${path} is writable${by(check.user).en}${why}`,
        `nichts sagt, ob ${path} beschreibbar ist${by(check.user).de}${why}`,
      ),
      details,
    )
  }
  if (parts.length === 0) return attempt('pass', seen, details)
  const all = joinTexts(parts, '; ', '; ')
  return attempt('fail', explained(text(`${path}: ${all.en}`, `${path}: ${all.de}`)), details)
}

function cannotTell(check: FileCheck, values: Said['values']): Attempt | undefined {
  const { path } = check
  const user = check.user ?? ''
  const because = (en: string, de: string) => attempt('unknown', text(en, de))
  if (values['noroot']) return because(`${path} starts nowhere`, `${path} beginnt nirgends`)
  const hidden = values['hidden']
  if (hidden !== undefined)
    return because(
      `${path} cannot be seen: ${hidden} may not be entered`,
      `${path} ist nicht zu sehen: ${hidden} darf nicht betreten werden`,
    )
  if (values['there'] === undefined)
    return because(`${path} was not looked at`, `${path} wurde nicht angesehen`)
  if (values['nouser'])
    return because(`there is no user ${user} on the host`, `den Benutzer ${user} gibt es auf dem Host nicht`)
  const me = values['nosudo']
  if (me !== undefined) return because(`${me} may not act as ${user}`, `${me} darf nicht als ${user} handeln`)
  if (values['unreadable']) return because(`${path} cannot be read`, `${path} ist nicht lesbar`)
  return undefined
}

interface Facts {
  readonly mode: string
  readonly owner: string
  readonly bytes: number
  /** Seconds since the last change. */
  readonly age: number
}

function factsOf(values: Said['values']): Facts | undefined {
  const match = /^([0-7]{1,4}) (\S+) (\d+) (\d+)$/.exec((values['stat'] ?? '').trim())
  const now = Number(values['now'])
  if (match === null || !(now > 0)) return undefined
  const [, mode = '', owner = '', bytes, changed] = match
  return { mode: mode.padStart(4, '0'), owner, bytes: Number(bytes), age: now - Number(changed) }
}

function judgeParts(check: FileCheck, values: Said['values'], facts: Facts): readonly Text[] {
  const { mode, owner, bytes, age } = facts
  const is = (en: string, de: string, wanted: Text) =>
    text(`${en}, expected ${wanted.en}`, `${de}, erwartet ${wanted.de}`)
  const type = check.type === 'link' ? (values['link'] ? 'link' : values['type']) : values['type']
  const writable = values['write'] === 'yes'
  const tooOpen =
    check.mode !== undefined && (Number.parseInt(mode, 8) & 0o777 & ~Number.parseInt(check.mode, 8)) !== 0
  const reason = saidOf(values)
  return [
    ...(check.type !== undefined && type !== check.type
      ? [is(`it is a ${type}`, `Art ist ${type}`, text(`a ${check.type}`, check.type))]
      : []),
    ...(check.writable === true && !writable && isAsked(values)
      ? [text(`not writable${by(check.user).en}${reason}`, `nicht beschreibbar${by(check.user).de}${reason}`)]
      : []),
    ...(check.writable === false && writable
      ? [
          text(
            `writable${by(check.user).en}, expected not`,
            `beschreibbar${by(check.user).de}, erwartet nicht`,
          ),
        ]
      : []),
    ...(tooOpen && check.mode !== undefined
      ? [is(`mode is ${mode}`, `Modus ist ${mode}`, atMost(check.mode.padStart(4, '0')))]
      : []),
    ...(check.owner !== undefined && owner !== check.owner
      ? [is(`owner is ${owner}`, `Eigentümer ist ${owner}`, text(check.owner, check.owner))]
      : []),
    ...(check.minBytes !== undefined && bytes < check.minBytes
      ? [
          is(
            `size is ${formatBytes(bytes)}`,
            `Größe ist ${formatBytes(bytes)}`,
            atLeast(formatBytes(check.minBytes)),
          ),
        ]
      : []),
    ...(check.maxAge !== undefined && age * 1000 > check.maxAge
      ? [
          is(
            `last change ${formatDuration(age * 1000)} ago`,
            `letzte Änderung vor ${formatDuration(age * 1000)}`,
            atMost(formatDuration(check.maxAge)),
          ),
        ]
      : []),
    ...(check.encoding !== undefined && !isUtf8Text(values)
      ? [text('it is not UTF-8', 'sie ist kein UTF-8')]
      : []),
    ...(check.contains !== undefined && values['contains'] !== 'yes'
      ? [
          text(
            `${JSON.stringify(check.contains)} does not stand in it`,
            `${JSON.stringify(check.contains)} steht nicht darin`,
          ),
        ]
      : []),
  ]
}

/** A full disk or a missing tool keeps nobody from writing tomorrow: only a refusal says that it is not writable. */
function isWritingTold({ writable }: FileCheck, values: Said['values']): boolean {
  if (writable === undefined || values['write'] === 'yes') return true
  const refused = /permission denied|operation not permitted|read-only file system|no permission to write/i
  return isAsked(values) && (writable || (!wrote.test(values['write'] ?? '') && refused.test(saidOf(values))))
}

const wrote = /^no asked wrote /

function isAsked(values: Said['values']): boolean {
  return (values['write'] ?? '').startsWith('no asked ')
}

/** In brackets, or nothing. */
function saidOf(values: Said['values']): string {
  const said = (values['write'] ?? '').replace(/^no ?(asked (wrote )?)?/, '').slice(0, 200)
  return said === '' ? '' : ` (${said})`
}

function by(user: string | undefined): Text {
  return user === undefined ? text('', '') : text(` for ${user}`, ` für ${user}`)
}

function isUtf8Text(values: Said['values']): boolean {
  if (values['utf8'] !== undefined) return values['utf8'] === 'yes'
  const bytes = Buffer.from((values['hex'] ?? 'ff').replaceAll(/\s+/g, ''), 'hex')
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}
