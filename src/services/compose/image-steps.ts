// Which image a release runs: fetched, held fast by its id before anything stops, and kept as long as the release.
import { text } from '../../core/lang.ts'
import { quote } from '../../core/shell.ts'
import type { HostKind, Step } from '../../engine/step.ts'
import { composeImageByHand, composeKeepByHand } from '../by-hand.ts'
import { seconds } from '../process/spec.ts'
import { composeLibrary } from './fragments.ts'
import { composeProblem } from './problems.ts'
import type { ComposeSpec, ImageSource } from './spec.ts'

export interface ComposeImage extends Step {
  readonly kind: 'compose.image'
  readonly spec: ComposeSpec
  readonly source: ImageSource
}

export interface ComposeKeep extends Step {
  readonly kind: 'compose.keep'
  readonly spec: ComposeSpec
}

export const composeImage: HostKind<ComposeImage> = {
  at: 'host',
  run: ({ spec, source }, { root, runDirectory }) => `${composeLibrary(spec, root)}
# sc_same ID: the newest other release that runs this image.
sc_same() {
  sc_r=
  for sc_n in "$sc_notes"/*.image; do
    if [ "$sc_n" != "$sc_note" ] && [ "$(sc_noted id "$sc_n")" = "$1" ]; then sc_r=\${sc_n##*/}; fi
  done
  printf '%s' "\${sc_r%.image}"
}
sc_require
sc_id=$(sc_noted id) sc_ref=$(sc_noted reference)
# A release that was here before keeps its image: no registry is asked, and a tag that moved changes nothing.
if [ -z "$sc_id" ] || ! sc_id "$sc_id" >/dev/null; then
  sc_kept=$sc_id
  if [ -z "$sc_ref" ]; then
    : >${quote(`${runDirectory}/${spec.service}.pinned`)}
    ${referenceLines(source, spec)}
    [ -n "$sc_ref" ] || sw_problem no-image
  fi
  # What a digest or an id names, stays; what a tag names is known where the tag is kept, not from a copy that is here.
  case $sc_ref in *@sha256:* | sha256:*) sc_fixed=yes ;; *) sc_fixed=no ;; esac
  if [ "$sc_fixed" = no ] || ! sc_id "$sc_ref" >/dev/null; then
    printf 'exec %s pull %s\\n' "$sc_sudo $sc_engine" "'$sc_ref'" >"$sw_tmp/pull"
    sc_code=0
    sw_bounded ${seconds(spec.timeout)} "$sw_tmp/pull" >"$sw_tmp/pulled" 2>&1 || sc_code=$?
    sc_said=$(cat "$sw_tmp/pulled")
    if [ "$sc_code" != 0 ]; then
      sc_id "$sc_ref" >/dev/null || sc_fail pull "$sc_ref" "$sc_code"
      # It was built or loaded here, and whether it is new, nobody asked can tell. Where a registry is named, it was to tell:
      # then what an earlier release runs already is not taken for new.
      case \${sc_ref%%/*} in
      "$sc_ref" | localhost) ;;
      *[.:]*) [ -z "$(sc_same "$(sc_id "$sc_ref")")" ] || sc_fail pull "$sc_ref" "$sc_code" ;;
      esac
      sw_data unfetched "$(printf '%s' "$sc_said" | tail -n 1 | cut -c 1-200)"
    fi
  fi
  sc_id=$(sc_id "$sc_ref") || sc_fail pull "$sc_ref" 0
  [ -z "$sc_kept" ] || [ "$sc_kept" = "$sc_id" ] || sw_problem moved "$sc_ref" "$sc_kept" "$sc_id"
  sc_as=$(sc_same "$sc_id")
  [ -z "$sc_as" ] || sw_data same "$sc_as"
fi
sc_pin "$sc_id" "$sc_ref"
sw_data image "$sc_id"
sw_data reference "$sc_ref"
`,
  undo: ({ spec }, { root, runDirectory }) => `${composeLibrary(spec, root)}
if [ -e ${quote(`${runDirectory}/${spec.service}.pinned`)} ]; then
  if sc_find; then sc rmi "$sc_keep:$RELEASE" >/dev/null 2>&1 || :; fi
  rm -f "$sc_note" "$sc_over"
fi
`,
  inspect: ({ spec }, { root }) => `${composeLibrary(spec, root)}
sc_id=$(sc_noted id)
if ! sc_find; then echo unknown
elif [ -n "$sc_id" ] && [ -e "$sc_over" ] && sc_id "$sc_id" >/dev/null; then echo done
else echo undone; fi
`,
  byHand: composeImageByHand,
  describe: ({ spec, source }) => {
    const what = sourceText(spec, source)
    return text(
      `hold the image of ${spec.name} fast by its id: ${what.en}`,
      `das Image von ${spec.name} mit seiner Kennung festhalten: ${what.de}`,
    )
  },
  explain: ({ spec }, report) => composeProblem(spec, report),
  observe: (_, { image, reference, unfetched, same }) => {
    if (image === undefined) return undefined
    const en = [`${reference} is ${image}`]
    const de = [`${reference} ist ${image}`]
    if (unfetched !== undefined) {
      en.push(`it could not be fetched (${unfetched}), so the one on the host is used`)
      de.push(`es ließ sich nicht holen (${unfetched}), also dient das vom Host`)
    }
    if (same !== undefined) {
      en.push(`the same image as ${same}`)
      de.push(`dasselbe Image wie ${same}`)
    }
    return text(en.join('; '), de.join('; '))
  },
  secrets: ({ spec }) => spec.secrets,
}

/** The release is proven: its image gets the tag of the day, and images of releases that are gone lose theirs. */
export const composeKeep: HostKind<ComposeKeep> = {
  at: 'host',
  run: ({ spec }, { root }) => `${composeLibrary(spec, root)}
sc_require
sc_id=$(sc_noted id)
[ -n "$sc_id" ] || sw_problem gone '?' "$RELEASE"
sc_stable=stable-$(date -u +%Y%m%d)
sc_said=$(sc tag "$sc_id" "$sc_keep:$sc_stable" 2>&1) || sc_fail no-tag
printf 'reference %s\\nid %s\\nstable %s\\n' "$(sc_noted reference)" "$sc_id" "$sc_stable" | sw_write "$sc_note"
sw_data stable "$sc_keep:$sc_stable"
for sc_n in "$sc_notes"/*.image; do
  sc_r=\${sc_n##*/}
  sc_r=\${sc_r%.image}
  if [ ! -e "$sc_n" ] || [ -d ${quote(`${root}/releases`)}/"$sc_r" ]; then continue; fi
  sc rmi "$sc_keep:$sc_r" >/dev/null 2>&1 || :
  sc_s=$(sc_noted stable "$sc_n")
  # The tag of that day may meanwhile belong to a release that is kept.
  if [ -n "$sc_s" ] && [ "$(sc_id "$sc_keep:$sc_s" || :)" = "$(sc_noted id "$sc_n")" ] && [ "$(sc_noted id "$sc_n")" != "$sc_id" ]; then
    sc rmi "$sc_keep:$sc_s" >/dev/null 2>&1 || :
  fi
  rm -f "$sc_n" "$sc_notes/$sc_r.yaml"
done
`,
  undo: () => ':\n',
  inspect: ({ spec }, { root }) => `${composeLibrary(spec, root)}
if [ -n "$(sc_noted stable)" ]; then echo done; else echo undone; fi
`,
  byHand: composeKeepByHand,
  describe: ({ spec }) =>
    text(
      `keep the image of ${spec.name} as ${spec.keep}:stable-<day>, and drop those of releases that are gone`,
      `das Image von ${spec.name} als ${spec.keep}:stable-<Tag> behalten, und die entfernter Releases aufgeben`,
    ),
  explain: ({ spec }, report) => composeProblem(spec, report),
  observe: (_, { stable }) =>
    stable === undefined ? undefined : text(`kept as ${stable}`, `behalten als ${stable}`),
  secrets: ({ spec }) => spec.secrets,
}

// What a lock file or a compose file may say is read, never run.
function referenceLines(source: ImageSource, spec: ComposeSpec): string {
  const checked = `case $sc_ref in *[!A-Za-z0-9._:/@-]*) sw_problem bad-image "$sc_ref" ;; esac`
  if (source.from === 'config') return `sc_ref=${quote(source.reference)}`
  if (source.from === 'lock') {
    return `[ -r "$sc_dir/"${quote(source.file)} ] || sw_problem no-file "$sc_dir/"${quote(source.file)}
    while read -r sc_k sc_v sc_rest || [ -n "$sc_k" ]; do
      if [ "\${sc_k%:}" = ${quote(spec.name)} ]; then sc_ref=$sc_v; fi
    done <"$sc_dir/"${quote(source.file)}
    ${checked}`
  }
  return `sc_tools || sw_problem no-tool "$sc_engine"
    [ -e "$sc_file" ] || sw_problem no-file "$sc_file"
    sc_code=0
    sc_compose config >"$sw_tmp/config" 2>"$sw_tmp/said" || sc_code=$?
    sc_said=$(cat "$sw_tmp/said")
    [ "$sc_code" = 0 ] || sc_fail config "$sc_code"
    sc_in=no sc_mine=no
    while IFS= read -r sc_line; do
      case $sc_line in
      services:) sc_in=yes ;;
      [!' ']*) sc_in=no ;;
      ${quote(`  ${spec.name}:`)}) sc_mine=$sc_in ;;
      '  '[!' ']*) sc_mine=no ;;
      '    image: '*) if [ "$sc_mine" = yes ]; then sc_ref=$(printf '%s' "\${sc_line#'    image: '}" | tr -d "\\"'"); fi ;;
      esac
    done <"$sw_tmp/config"
    rm -f "$sw_tmp/config"
    ${checked}`
}

function sourceText(spec: ComposeSpec, source: ImageSource) {
  if (source.from === 'config') return text(source.reference, source.reference)
  if (source.from === 'lock') return text(`as ${source.file} says`, `wie ${source.file} sagt`)
  return text(`as ${spec.file} says`, `wie ${spec.file} sagt`)
}
