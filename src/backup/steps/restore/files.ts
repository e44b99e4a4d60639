// Files of a set: unpacked beside, compared with what is live, and put back where nothing is or where a person named them.
import { formatBytes } from '../../../core/bytes.ts'
import { text } from '../../../core/lang.ts'
import type { Problem } from '../../../core/problem.ts'
import { quote } from '../../../core/shell.ts'
import { referenced } from '../../../core/shell-value.ts'
import { streamLibrary } from '../../../databases/stream.ts'
import type { HostKind, Report, ScriptContext, Step } from '../../../engine/step.ts'
import {
  compareFiles,
  copyBack,
  filesProblem,
  livePath,
  placing,
  restoreFiles,
  storedName,
  unpackedName,
} from '../../files.ts'
import { bounded } from '../fragment.ts'
import { identityText } from '../identity.ts'

interface FilesOf extends Step {
  readonly host: string
  readonly root: string
  /** Name of the store in stellwerk.yaml. */
  readonly store: string
  /** Below root, or absolute. */
  readonly paths: readonly string[]
  /** Where they are unpacked. */
  readonly into: string
}

/** Compares: writes `<run directory>/files-<store>`, a line `missing|differs|extra <path>` for each file that is not the same. */
export interface UnpackStep extends FilesOf {
  readonly kind: 'restore.unpack'
  /** The packed archive. */
  readonly from: string
  /** The packed list of sums, which every file must fit; sets of old have none. */
  readonly sums?: string
  readonly bytes: number
  readonly identity?: string
  /** Secrets the configuration knows. */
  readonly known: readonly string[]
}

export interface PutStep extends FilesOf {
  readonly kind: 'restore.put'
  /** Absolute paths that may be overwritten. */
  readonly overwrite: readonly string[]
  /** Absolute paths that are never touched. */
  readonly protect: readonly string[]
  /** What is overwritten waits here for an undo. */
  readonly aside: string
}

export function comparedFile(runDirectory: string, store: string): string {
  return `${runDirectory}/files-${store}`
}

export const unpackKind: HostKind<UnpackStep> = {
  at: 'host',
  run: (step, { runDirectory }) => {
    const list = quote(comparedFile(runDirectory, step.store))
    return `rm -rf ${quote(step.into)} ${quote(`${step.into}.facts`)}
${bounded(
  `${streamLibrary({ compression: 'none', recipients: [] })}
${identityText(step.identity, step.known)}
${restoreFiles({ from: step.from, into: step.into, ...(step.sums === undefined ? {} : { sums: step.sums }) })}
{
(
${compareFiles(step)}
)
(
${linksText(step)}
)
(
${extraText(step)}
)
} >"$sw_tmp/compared"
sort -k 2 "$sw_tmp/compared" | sw_write ${list}`,
  step.timeout,
)}
for sw_kind in missing differs extra; do sw_data "$sw_kind" "$(grep -c "^$sw_kind " ${list} || :)"; done`
  },
  undo: () => ':',
  inspect: (step, { runDirectory }) =>
    `[ -e ${quote(comparedFile(runDirectory, step.store))} ] && echo done || echo undone`,
  describe: ({ store, into, bytes }) =>
    text(
      `Unpack ${store} (${formatBytes(bytes)}) into ${into} and compare each file`,
      `${store} (${formatBytes(bytes)}) in ${into} entpacken und jede Datei vergleichen`,
    ),
  observe: (_, { missing, differs, extra, leaving = '0', left = '' }) => {
    const out =
      leaving === '0'
        ? text('', '')
        : text(
            `; links that lead out of the store do not come back: ${left} (${leaving})`,
            `; Links, die aus dem Ablageort hinausführen, kommen nicht zurück: ${left} (${leaving})`,
          )
    return text(
      `${missing} missing, ${differs} different, ${extra} not in the set${out.en}`,
      `${missing} fehlen, ${differs} anders, ${extra} nicht im Satz${out.de}`,
    )
  },
  explain: (step, report) => ({
    ...filesProblem(report, { store: step.store, host: step.host }),
    where: { host: step.host, step: step.id },
  }),
  secrets: ({ identity, known }) => referenced([identity ?? ''], known),
}

/** Links of the set that nothing stands for: those that lead out of the store were taken away before. */
function linksText(step: FilesOf): string {
  const each = step.paths.map(
    path => `sw_links ${quote(path.startsWith('/') ? '' : step.root)} ${quote(unpackedName(path))}`,
  )
  return `cd ${quote(step.into)}
sw_links() {
  [ -e "$2" ] || return 0
  find "$2" -type l >"$sw_tmp/links"
  while IFS= read -r sw_f; do
    sw_live=$1/\${sw_f#./}
    if [ -e "$sw_live" ] || [ -L "$sw_live" ]; then continue; fi
    printf 'missing %s\\n' "$sw_live"
  done <"$sw_tmp/links"
}
${each.join('\n')}`
}

/** Live files that the set does not hold: nothing happens to them, but a person wants to know. */
function extraText(step: FilesOf): string {
  return step.paths
    .map(path => {
      const [live, stored] = [livePath(step, path), `${step.into}/${storedName(path)}`]
      return `if [ -d ${quote(live)} ]; then
  (cd ${quote(live)}/ && find . -type f) >"$sw_tmp/extra"
  while IFS= read -r sw_f; do [ -e ${quote(stored)}/"$sw_f" ] || printf 'extra %s\\n' ${quote(live)}/"\${sw_f#./}"; done <"$sw_tmp/extra"
fi`
    })
    .join('\n')
}

export const putKind: HostKind<PutStep> = {
  at: 'host',
  run: (step, context) => bounded(putText(step, context), step.timeout),
  undo: (step, context) => {
    const log = quote(putLog(step, context))
    // Behind a link that was not there before lies nothing of ours.
    return `if [ -e ${log} ]; then
${placing(step)}while IFS= read -r sw_line; do
  sw_path=\${sw_line#* }
  case $sw_line in
  "new "*) { [ ! -e "$sw_path" ] && [ ! -L "$sw_path" ]; } || (sw_enter "$sw_path" && rm -f "./\${sw_path##*/}") || [ "$?" = 2 ] ;;
  "old "*)
    if [ -e ${quote(step.aside)}"$sw_path" ] || [ -L ${quote(step.aside)}"$sw_path" ]; then sw_place ${quote(step.aside)}"$sw_path" "$sw_path" || [ "$?" = 2 ]; fi
    ;;
  esac
done <${log}
sed -n 's/^dir //p' ${log} >"$sw_tmp/dirs"
sort -r -o "$sw_tmp/dirs" "$sw_tmp/dirs"
while IFS= read -r sw_path; do [ ! -d "$sw_path" ] || (sw_enter "$sw_path" && rmdir "./\${sw_path##*/}") 2>/dev/null || :; done <"$sw_tmp/dirs"
fi`
  },
  inspect: (step, context) => `[ -e ${quote(`${putLog(step, context)}.done`)} ] && echo done || echo unknown`,
  describe: ({ store, overwrite }) =>
    overwrite.length === 0
      ? text(
          `Put missing files of ${store} back; whatever exists stays`,
          `Fehlende Dateien von ${store} zurücklegen; was es gibt, bleibt`,
        )
      : text(
          `Put missing files of ${store} back, and overwrite ${overwrite.join(', ')}`,
          `Fehlende Dateien von ${store} zurücklegen und überschreiben: ${overwrite.join(', ')}`,
        ),
  observe: (_, { put }) =>
    put === undefined ? undefined : text(`${put} files put back`, `${put} Dateien zurückgelegt`),
  explain,
}

function putLog({ store }: PutStep, { runDirectory }: ScriptContext): string {
  return `${runDirectory}/put-${store}`
}

// What may not be written is taken out of the unpacked tree, so that what is left may be copied as it is.
function putText(step: PutStep, context: ScriptContext): string {
  const log = quote(putLog(step, context))
  const words = (list: readonly string[]) => list.map(quote).join(' ')
  return `${placing(step)}printf '%s\\n' ${words(step.overwrite)} >"$sw_tmp/overwrite"
printf '%s\\n' ${words(step.protect)} >"$sw_tmp/protect"
: >"$sw_tmp/named"
: >${log}
sw_sift() { # BASE NAME
  [ -e "$2" ] || return 0
  # Directories that are gone, as they were saved: on a new host the app must be able to write into them.
  find "$2" -type d >"$sw_tmp/sift"
  while IFS= read -r sw_f; do
    sw_live=$1/\${sw_f#./}
    if [ -e "$sw_live" ] || [ -L "$sw_live" ]; then continue; fi
    sw_place ${quote(step.into)}/"$sw_f" "$sw_live" || sw_not_placed "$sw_live"
    printf 'dir %s\\n' "$sw_live" >>${log}
  done <"$sw_tmp/sift"
  find "$2" -type f >"$sw_tmp/sift"
  while IFS= read -r sw_f; do
    sw_live=$1/\${sw_f#./}
    if grep -qxF -e "$sw_live" "$sw_tmp/protect"; then rm -f "$sw_f"; continue; fi
    if [ ! -e "$sw_live" ] && [ ! -L "$sw_live" ]; then
      (sw_enter "$sw_live") || sw_not_placed "$sw_live"
      printf 'new %s\\n' "$sw_live" >>${log}
      continue
    fi
    if ! grep -qxF -e "$sw_live" "$sw_tmp/overwrite"; then rm -f "$sw_f"; continue; fi
    printf '%s\\n' "$sw_live" >>"$sw_tmp/named"
    (sw_enter "$sw_live") || sw_not_placed "$sw_live"
    mkdir -p ${quote(step.aside)}"\${sw_live%/*}" && cp -p -P "$sw_live" ${quote(step.aside)}"$sw_live" || sw_problem files 1 "cannot keep $sw_live"
    printf 'old %s\\n' "$sw_live" >>${log}
  done <"$sw_tmp/sift"
  # A link as it is, never through it; what stands there stays. A declared file may be gone by now.
  [ -e "$2" ] || return 0
  find "$2" -type l >"$sw_tmp/sift"
  while IFS= read -r sw_f; do
    sw_live=$1/\${sw_f#./}
    if [ -e "$sw_live" ] || [ -L "$sw_live" ] || grep -qxF -e "$sw_live" "$sw_tmp/protect"; then continue; fi
    printf 'new %s\\n' "$sw_live" >>${log}
    sw_place ${quote(step.into)}/"$sw_f" "$sw_live" || sw_not_placed "$sw_live"
  done <"$sw_tmp/sift"
}
(
cd ${quote(step.into)}
${step.paths
  .map(path => `sw_sift ${quote(path.startsWith('/') ? '' : step.root)} ${quote(unpackedName(path))}`)
  .join('\n')}
)
sw_fsync ${log}
(
${copyBack({ ...step, protect: step.protect })}
)
sw_data put "$(grep -c -v '^dir ' ${log} || :)"
: >${quote(`${putLog(step, context)}.done`)}`
}

function explain(step: PutStep, report: Report): Problem {
  return {
    ...filesProblem(report, { store: step.store, host: step.host }),
    where: { host: step.host, step: step.id },
  }
}
