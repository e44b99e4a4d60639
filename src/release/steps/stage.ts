// The upload: one stream of what differs from the base release, unpacked beside everything else, verified file by file,
// and moved to its place only when it is whole.
import type { Readable } from 'node:stream'
import { formatBytes } from '../../core/bytes.ts'
import { text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'
import { quote } from '../../core/shell.ts'
import type { HostKind, Report, ScriptContext, Step } from '../../engine/step.ts'
import { layout } from '../layout.ts'
import type { ReleaseRecord } from '../record.ts'
import { stageByHand } from './by-hand.ts'
import { type Content, verifySet, verifySums, withState, writeRecord } from './fragment.ts'

export interface StageStep extends Step {
  readonly kind: 'release.stage'
  readonly host: string
  readonly root: string
  /** State staged. */
  readonly record: ReleaseRecord
  readonly content: Content
  /** Release whose unchanged files are hard-linked; absent: everything travels. */
  readonly base?: string
  /** Digest of the base: names the delta to send. */
  readonly baseDigest?: string
  readonly compress: 'zstd' | 'gzip'
  readonly added: number
  readonly changed: number
  readonly removed: number
  /** Uncompressed bytes that travel. */
  readonly bytes: number
}

/** `open`: the delta stream for a step; made by the composition root, which knows the bundle. */
export function stageKind(open: (step: StageStep) => Promise<Readable>): HostKind<StageStep> {
  return {
    at: 'host',
    run: stageScript,
    undo: (step, context) => `rm -rf ${quote(layout.staging(step.root, step.record.id))}
if ${isOurs(step, context)}; then
sw_kb=$(df -Pk ${quote(step.root)} | tail -n 1 | tr -s ' ' | cut -d' ' -f4)
# Kept as evidence, unless its bytes are what the host lacks.
if [ "\${sw_kb:-0}" -lt 65536 ] || ! { ${writeRecord(withState(step.record, 'failed', context.run), quote(layout.release(step.root, step.record.id)))}; } 2>/dev/null; then
rm -rf ${quote(layout.release(step.root, step.record.id))}
fi
fi`,
    inspect: (step, context) => `if ${isOurs(step, context)}; then echo done; else echo undone; fi`,
    byHand: stageByHand,
    describe: step =>
      text(
        `Send ${step.added + step.changed} files (${formatBytes(step.bytes)}) of ${step.record.id} to ${step.host}; ${step.removed} removed, ${step.content.files} verified by SHA-256`,
        `${step.added + step.changed} Dateien (${formatBytes(step.bytes)}) von ${step.record.id} an ${step.host} senden; ${step.removed} entfallen, ${step.content.files} per SHA-256 geprüft`,
      ),
    explain: stageProblem,
    stream: open,
  }
}

// A release of the same name may be another run's: two deploys of one commit that begin in the same second.
function isOurs(step: StageStep, context: ScriptContext): string {
  const record = `${layout.release(step.root, step.record.id)}/.stellwerk.json`
  return `grep -q ${quote(`"run": "${context.run}"`)} ${quote(record)} 2>/dev/null`
}

function stageScript(step: StageStep): string {
  const id = step.record.id
  const staging = quote(layout.staging(step.root, id))
  const release = quote(layout.release(step.root, id))
  return `[ ! -e ${release} ] || sw_problem exists
rm -rf ${staging}
mkdir -p ${staging} ${quote(layout.releases(step.root))} || sw_problem directory
cd ${staging}
# The first words are the reason; what follows only says that it went wrong.
: >"$sw_tmp/unpack"
${step.compress} -dc 2>>"$sw_tmp/unpack" | tar -xf - --no-same-owner 2>>"$sw_tmp/unpack" || sw_problem unpack "$(head -n 1 "$sw_tmp/unpack")"
[ -s SHA256SUMS ] || sw_problem unpack "$(head -n 1 "$sw_tmp/unpack")"
${step.base === undefined ? '' : linkUnchanged(quote(layout.release(step.root, step.base)))}
${verifySums(step.content)}
${verifySet(step.content)}
${writeRecord(step.record, '.')}
cd ${quote(step.root)}
mv ${staging} ${release}`
}

// Equal lines of both sum lists are equal files. What the stream already brought (same content, other mode) stays.
function linkUnchanged(base: string): string {
  return `sort ${base}/SHA256SUMS >"$sw_tmp/old"
sort SHA256SUMS >"$sw_tmp/new"
comm -12 "$sw_tmp/old" "$sw_tmp/new" | sed -e '/^\\\\/{s/^\\\\//;s/\\\\\\\\/\\\\/g;}' | cut -c67- | sort >"$sw_tmp/same"
find . -type f | cut -c3- | sort >"$sw_tmp/here"
comm -23 "$sw_tmp/same" "$sw_tmp/here" >"$sw_tmp/link"
if [ -s "$sw_tmp/link" ]; then
  (cd ${base} && tr '\\n' '\\0' <"$sw_tmp/link" | xargs -0 sh -c 'exec cp -al --parents -- "$@" "$0"' ${'"$OLDPWD"'}) 2>"$sw_tmp/cp" || sw_problem link "$(tail -n 1 "$sw_tmp/cp")"
fi`
}

function stageProblem(step: StageStep, report: Report): Problem {
  const [detail = '', more = ''] = report.args
  const id = step.record.id
  switch (report.key) {
    case 'exists':
      return {
        code: 'STW-R301',
        what: text(`The directory of ${id} exists already`, `Das Verzeichnis von ${id} existiert bereits`),
        next: [
          text(
            'Run the command again: a new name is chosen',
            'Den Befehl wiederholen: es wird ein neuer Name gewählt',
          ),
        ],
      }
    case 'directory':
      return {
        code: 'STW-R302',
        what: text(`${step.root} is not writable`, `${step.root} ist nicht beschreibbar`),
        next: [
          text(
            `Give the directory to the user that deploys: sudo chown -R <user> ${step.root}`,
            `Das Verzeichnis dem Deploy-Benutzer geben: sudo chown -R <benutzer> ${step.root}`,
          ),
        ],
      }
    case 'unpack':
      return {
        code: 'STW-R303',
        what: text('The bundle could not be unpacked', 'Das Bundle ließ sich nicht entpacken'),
        ...whyNotUnpacked(step, detail),
      }
    case 'wrong':
      return wrongFile(step, detail)
    case 'extra':
      return {
        code: 'STW-R305',
        what: text(
          `The release holds a file that is not in its manifest: ${detail}`,
          `Das Release enthält eine Datei, die nicht im Manifest steht: ${detail}`,
        ),
      }
    case 'links':
      return {
        code: 'STW-R306',
        what: text(
          'The symbolic links differ from the manifest',
          'Die symbolischen Links weichen vom Manifest ab',
        ),
      }
    case 'link':
      return {
        code: 'STW-R307',
        what: text(
          `Unchanged files could not be linked from ${step.base}`,
          `Unveränderte Dateien ließen sich nicht aus ${step.base} verlinken`,
        ),
        why: text(detail, detail),
        next: [text('Send everything: add --full', 'Alles senden: --full hinzufügen')],
      }
    default:
      return {
        code: 'STW-R308',
        what: text(
          `The release is not complete: ${detail} of ${more} files verified`,
          `Das Release ist unvollständig: ${detail} von ${more} Dateien geprüft`,
        ),
      }
  }
}

function wrongFile(step: StageStep, file: string): Problem {
  const shared = step.base !== undefined && file !== 'SHA256SUMS'
  return {
    code: 'STW-R304',
    what: text(`"${file}" is not what the bundle says`, `„${file}“ ist nicht das, was das Bundle sagt`),
    why: shared
      ? text(
          `its SHA-256 differs; perhaps it was changed in ${step.base} on the host`,
          `die SHA-256 weicht ab; vielleicht wurde die Datei in ${step.base} auf dem Host geändert`,
        )
      : text('its SHA-256 differs after the transfer', 'die SHA-256 weicht nach der Übertragung ab'),
    next: [
      shared
        ? text('Send everything: add --full', 'Alles senden: --full hinzufügen')
        : text('Run the command again', 'Den Befehl wiederholen'),
    ],
  }
}

// tar knows no reason for a write that the disk took only in part; there is but one.
function whyNotUnpacked(step: StageStep, detail: string): Pick<Problem, 'why' | 'next'> {
  if (!/Wrote only \d+ of \d+|No space left on device/i.test(detail))
    return { why: text(detail || 'the stream ended early', detail || 'der Datenstrom brach ab') }
  const look = `df -h ${quote(step.root)}`
  return {
    why: text(`no space left on device (${detail})`, `kein Platz mehr auf dem Datenträger (${detail})`),
    next: [text(`Make room on ${step.host}: ${look}`, `Auf ${step.host} Platz schaffen: ${look}`)],
  }
}
