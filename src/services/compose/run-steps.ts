// Stop and start of a compose service; each is the other's undo. The container of the old release is stopped before the
// link moves and created again by the way back, with the image and the compose file of its own release.
import { formatDuration } from '../../core/duration.ts'
import { text } from '../../core/lang.ts'
import { quote } from '../../core/shell.ts'
import type { HostKind, Step } from '../../engine/step.ts'
import { composeStartByHand, composeStopByHand } from '../by-hand.ts'
import { composeLibrary } from './fragments.ts'
import { composeProblem } from './problems.ts'
import type { ComposeSpec } from './spec.ts'

export interface ComposeStop extends Step {
  readonly kind: 'compose.stop'
  /** What is stopped, complete: its undo starts it again. */
  readonly spec: ComposeSpec
}

export interface ComposeStart extends Step {
  readonly kind: 'compose.start'
  readonly spec: ComposeSpec
  /** Nothing ran before: the undo removes the container, which a restart of the engine would else start. */
  readonly first: boolean
}

export const composeStop: HostKind<ComposeStop> = {
  at: 'host',
  // A release whose image nobody noted (its service was of another kind) is noted now, or nothing could bring it back.
  run: ({ spec }, { root }) => `${composeLibrary(spec, root)}
sc_require
sc_look || sc_fail unseen
sc_scan
if [ -n "$sc_live" ] && [ ! -s "$sc_note" ]; then sc_pin "$sc_image" "$sc_image"; fi
sc_stop
`,
  undo: ({ spec }, { root }) => `${composeLibrary(spec, root)}
sc_start
`,
  inspect: ({ spec }, { root }) => `${composeLibrary(spec, root)}
if sc_find && sc_look; then
  sc_scan ${quote(spec.release)}
  sc_word=done
  for sc_i in $sc_own; do case " $sc_live " in *" $sc_i "*) sc_word=undone ;; esac; done
  echo "$sc_word"
else echo unknown; fi
`,
  byHand: composeStopByHand,
  describe: ({ spec }) => {
    const limit = formatDuration(spec.stop)
    return text(
      `stop the container ${spec.name} of ${spec.release}, KILL after ${limit}`,
      `den Container ${spec.name} von ${spec.release} anhalten, KILL nach ${limit}`,
    )
  },
  explain: ({ spec }, report) => composeProblem(spec, report),
  secrets: ({ spec }) => spec.secrets,
}

export const composeStart: HostKind<ComposeStart> = {
  at: 'host',
  run: ({ spec }, { root }) => `${composeLibrary(spec, root)}
sc_start
`,
  undo: ({ spec, first }, { root }) => `${composeLibrary(spec, root)}
sc_stop
${first ? `if sc_look; then sc_scan ${quote(spec.release)}; if [ -n "$sc_own" ]; then sc rm -f $sc_own >/dev/null; fi; fi` : ''}
`,
  inspect: ({ spec }, { root }) => `${composeLibrary(spec, root)}
sc_want=$(sc_noted id) sc_second= sc_once=yes
if ! sc_find; then echo unknown
elif sc_ready && [ -z "$sc_why" ]; then echo done
elif [ "$sc_why" = unseen ]; then echo unknown
else echo undone; fi
`,
  byHand: composeStartByHand,
  describe: ({ spec }) => {
    const limit = formatDuration(spec.ready)
    return text(
      `start the container ${spec.name} from ${spec.release}, ready within ${limit}`,
      `den Container ${spec.name} aus ${spec.release} starten, bereit in höchstens ${limit}`,
    )
  },
  explain: ({ spec }, report) => composeProblem(spec, report),
  observe: (_, { image }) =>
    image === undefined
      ? undefined
      : text(`runs image ${image.slice(0, 19)}`, `läuft aus Image ${image.slice(0, 19)}`),
  secrets: ({ spec }) => spec.secrets,
}
