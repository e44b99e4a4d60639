// Links the shared paths into a new release, and proves as the app's user that it may write there.
import { posix } from 'node:path'
import { text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'
import { quote } from '../../core/shell.ts'
import type { HostKind, Report, Step } from '../../engine/step.ts'
import { layout } from '../layout.ts'
import { linkByHand, probeByHand } from './by-hand.ts'

export interface LinkStep extends Step {
  readonly kind: 'release.link'
  readonly host: string
  readonly root: string
  readonly release: string
  readonly directories: readonly string[]
  readonly files: readonly string[]
  /** Directories that must exist inside the shared ones. */
  readonly skeleton: readonly string[]
  /** Owner of directories that are created here; only root can give them away. */
  readonly user?: string
}

export const linkKind: HostKind<LinkStep> = {
  at: 'host',
  run: step => {
    const shared = layout.shared(step.root)
    const give =
      step.user === undefined ? ':' : `if [ "$(id -u)" = 0 ]; then chown ${quote(step.user)} "$1"; fi`
    return `sw_ensure() { [ -d "$1" ] || { mkdir -p "$1" || sw_problem directory "$1"; ${give}; }; }
sw_link() {
  if [ -L "$2" ]; then rm -f "$2"; fi
  if [ -d "$2" ] && [ -z "$(ls -A "$2")" ]; then rmdir "$2"; fi
  [ ! -e "$2" ] || sw_problem occupied "$3"
  mkdir -p "$(dirname "$2")" && ln -s "$1" "$2" && [ -e "$2" ] || sw_problem link "$3"
}
${[...step.directories, ...step.skeleton].map(path => `sw_ensure ${quote(`${shared}/${path}`)}`).join('\n')}
${step.files.map(path => `[ -e ${quote(`${shared}/${path}`)} ] || sw_problem missing ${quote(path)}`).join('\n')}
${[...step.directories, ...step.files].map(path => linkLine(step, path)).join('\n')}`
  },
  undo: () => ':',
  inspect: step => {
    const tests = [...step.directories, ...step.files].map(
      path => `[ -L ${quote(`${layout.release(step.root, step.release)}/${path}`)} ]`,
    )
    return `if ${tests.join(' && ') || ':'}; then echo done; else echo undone; fi`
  },
  byHand: linkByHand,
  describe: step =>
    text(
      `Link ${[...step.directories, ...step.files].join(', ') || 'nothing'} from shared/ into the release`,
      `${[...step.directories, ...step.files].join(', ') || 'nichts'} aus shared/ ins Release verlinken`,
    ),
  explain: (step, report) => linkProblem(step, report),
}

// Relative, so that the tree can be looked at from a rescue system or a container under another path.
function linkLine(step: LinkStep, path: string): string {
  const target = posix.join(
    posix.relative(posix.join('releases', step.release, posix.dirname(path)), 'shared'),
    path,
  )
  return `sw_link ${quote(target)} ${quote(`${layout.release(step.root, step.release)}/${path}`)} ${quote(path)}`
}

function linkProblem(step: LinkStep, report: Report): Problem {
  const path = report.args[0] ?? ''
  const full = `${layout.shared(step.root)}/${path}`
  switch (report.key) {
    case 'missing':
      return {
        code: 'STW-R311',
        what: text(
          `The shared file ${full} does not exist on ${step.host}`,
          `Die gemeinsame Datei ${full} fehlt auf ${step.host}`,
        ),
        why: text('it is listed under release.shared.files', 'sie steht unter release.shared.files'),
        next: [
          text(
            `Create it on the host, readable by the app only: install -m 600 /dev/null ${full}`,
            `Auf dem Host anlegen, nur für die App lesbar: install -m 600 /dev/null ${full}`,
          ),
        ],
      }
    case 'occupied':
      return {
        code: 'STW-R312',
        what: text(
          `The bundle brings its own ${path}, which is declared as shared`,
          `Das Bundle bringt ein eigenes ${path} mit, das als gemeinsam deklariert ist`,
        ),
        next: [
          text(
            `Add "${path}" to build.exclude, or remove it from release.shared`,
            `„${path}“ zu build.exclude hinzufügen oder aus release.shared entfernen`,
          ),
        ],
      }
    default:
      return {
        code: 'STW-R313',
        what: text(`${path} could not be linked`, `${path} ließ sich nicht verlinken`),
      }
  }
}

export interface ProbeStep extends Step {
  readonly kind: 'release.probe'
  readonly host: string
  readonly root: string
  readonly release: string
  /** Directories the app writes to, absolute. */
  readonly directories: readonly string[]
  /** User the app runs as; absent: the one that deploys. */
  readonly user?: string
}

/** Writes and removes a file in each directory, and looks for files there that the app's user could not write: a log
 *  made by root stays unnoticed until the app dies of it. Never changes an owner or a mode. */
export const probeKind: HostKind<ProbeStep> = {
  at: 'host',
  run: step => `cat >"$sw_tmp/probe" <<'STELLWERK_PROBE'
for d in "$@"; do
  p=$d/.stellwerk-probe.$$
  # In a subshell: a redirection that fails ends the shell when its command is a special one such as ":".
  if ! (: >"$p") 2>/dev/null; then echo "directory $d"; exit 1; fi
  rm -f "$p"
  # What vanishes while it is looked at, such as a journal of SQLite, is no concern; nor is what comes back at once.
  bad=$(LC_ALL=C find "$d/" \\( -type f -o -type d \\) -exec sh -c 'for f; do [ -w "$f" ] || [ ! -e "$f" ] || [ -w "$f" ] || { echo "$f"; exit 1; }; done' sh {} + 2>&1 | grep -v ': No such file or directory$' | head -n 1)
  if [ -n "$bad" ]; then echo "entry $bad"; exit 1; fi
done
echo writable
STELLWERK_PROBE
chmod 0755 "$sw_tmp" && chmod 0644 "$sw_tmp/probe"
${asUser(step.user)}
sw_probe_out=$(sw_as sh "$sw_tmp/probe" ${step.directories.map(quote).join(' ')} 2>&1) || :
case "$sw_probe_out" in
  *writable) sw_data probed ${step.directories.length} ;;
  *"directory "*) sw_problem directory "\${sw_probe_out##*directory }" ;;
  *"entry "*) sw_problem entry "\${sw_probe_out##*entry }" ;;
  *) sw_problem unproven "$sw_probe_out" ;;
esac`,
  undo: () => ':',
  inspect: () => 'echo undone',
  byHand: probeByHand,
  describe: step =>
    text(
      `Write and remove a test file in ${step.directories.length} directories${step.user === undefined ? '' : ` as ${step.user}`}`,
      `In ${step.directories.length} Verzeichnissen eine Testdatei schreiben und entfernen${step.user === undefined ? '' : `, als ${step.user}`}`,
    ),
  explain: (step, report) => probeProblem(step, report),
}

function asUser(user: string | undefined): string {
  if (user === undefined) return 'sw_as() { "$@"; }'
  return `sw_as() {
  if [ "$(id -un)" = ${quote(user)} ]; then "$@"
  elif [ "$(id -u)" = 0 ]; then
    sw_q=; for sw_a in "$@"; do sw_q="$sw_q '$(printf '%s' "$sw_a" | sed "s/'/'\\\\\\\\''/g")'"; done
    su -s /bin/sh ${quote(user)} -c "$sw_q"
  else sudo -n -u ${quote(user)} "$@"; fi
}`
}

function probeProblem(step: ProbeStep, report: Report): Problem {
  const path = report.args[0] ?? ''
  const who = step.user ?? 'the deploying user'
  const wer = step.user ?? 'der Deploy-Benutzer'
  if (report.key === 'unproven') {
    return {
      code: 'STW-R322',
      what: text(
        `Nobody could prove that ${who} may write on ${step.host}`,
        `Es ließ sich nicht beweisen, dass ${wer} auf ${step.host} schreiben darf`,
      ),
      why: text(path, path),
      next: [
        text(
          `Allow it: sudo -n -u ${who} true must work for the deploying user`,
          `Erlauben: sudo -n -u ${wer} true muss für den Deploy-Benutzer gehen`,
        ),
      ],
    }
  }
  return {
    code: 'STW-R321',
    what: text(
      `${who} cannot write ${path} on ${step.host}`,
      `${wer} kann ${path} auf ${step.host} nicht schreiben`,
    ),
    why:
      report.key === 'entry'
        ? text(
            'the entry belongs to somebody else, perhaps made by root',
            'der Eintrag gehört jemand anderem, vielleicht von root angelegt',
          )
        : text('creating a test file there failed', 'das Anlegen einer Testdatei dort schlug fehl'),
    next: [
      text(
        `Give back this one path: sudo chown ${step.user ?? '<user>'} ${quote(path)}`,
        `Genau diesen Pfad zurückgeben: sudo chown ${step.user ?? '<benutzer>'} ${quote(path)}`,
      ),
    ],
  }
}
