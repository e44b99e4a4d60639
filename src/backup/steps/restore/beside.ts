// Restores one database of a set beside the live one, and takes the facts of what came out. `restore.compare` judges them.
import { text } from '../../../core/lang.ts'
import { quote } from '../../../core/shell.ts'
import { referenced } from '../../../core/shell-value.ts'
import { type Access, secretValues } from '../../../databases/access.ts'
import { engineFor } from '../../../databases/engines.ts'
import type { DumpFormat } from '../../../databases/facts.ts'
import { databaseProblem } from '../../../databases/problems.ts'
import { streamLibrary } from '../../../databases/stream.ts'
import type { HostKind, ScriptContext, Step } from '../../../engine/step.ts'
import { bounded } from '../fragment.ts'
import { identityText } from '../identity.ts'
import { accessTo } from '../return.ts'

export interface BesideStep extends Step {
  readonly kind: 'restore.beside'
  readonly host: string
  /** Name of the database in stellwerk.yaml. */
  readonly store: string
  readonly access: Access
  /** Name of the database, or path of the file, that is made. */
  readonly target: string
  /** The packed dump. */
  readonly from: string
  /** The facts go to `<out>.facts`. */
  readonly out: string
  readonly format: DumpFormat
  readonly fingerprint: 'content' | 'rows'
  readonly schemaVersion?: string
  /** The private key of an encrypted set, as a reference to a secret. */
  readonly identity?: string
}

export const besideKind: HostKind<BesideStep> = {
  at: 'host',
  run: (step, context) => {
    const { access, target, from, format, out, fingerprint, schemaVersion } = step
    const engine = engineFor(access)
    const mark = quote(madeMark(step, context))
    const version = schemaVersion === undefined ? {} : { schemaVersion }
    // Made by an attempt that broke off: what it left is ours to remove. Anything else of that name is refused by the engine.
    const again = isOurs(target) ? `if [ -e ${mark} ]; then\n(\n${engine.drop(access, target)}\n)\nfi` : ':'
    return bounded(
      `${streamLibrary({ compression: 'none', recipients: [] })}
${identityText(step.identity, access.known)}
${again}
${place(access, target)}: >${mark}
(
${engine.restore({ access, target, from, format, owners: true, timeout: Math.max(1, Math.floor(step.timeout / 1000)) })}
)
(
${engine.facts({ access: accessTo(access, target), out, fingerprint, ...version })}
)`,
      step.timeout,
    )
  },
  // Once it was live, people may have written into it: then it stays under its name.
  undo: (step, context) =>
    isOurs(step.target)
      ? `if [ -e ${quote(madeMark(step, context))} ] && [ ! -e ${quote(swapMark(step, context))} ]; then
${bounded(`(\n${engineFor(step.access).drop(step.access, step.target)}\n)`, step.timeout)}
fi`
      : ':',
  inspect: ({ out }) => `[ -s ${quote(`${out}.facts`)} ] && echo done || echo undone`,
  describe: ({ store, target }) =>
    text(
      `Restore ${store} beside the live one, as ${target}, and count there`,
      `${store} neben dem Stand im Betrieb als ${target} wiederherstellen und dort nachzählen`,
    ),
  explain: (step, report) => ({
    ...databaseProblem(report, { store: step.store, host: step.host }),
    where: { host: step.host, step: step.id },
  }),
  secrets: ({ access, identity }) => referenced([...secretValues(access), identity ?? ''], access.known),
}

/** On a new host not even the directory of a file is there. */
function place({ kind }: Access, target: string): string {
  if (kind !== 'sqlite' || !isOurs(target)) return ''
  const directory = quote(target.slice(0, target.lastIndexOf('/')))
  return `mkdir -p ${directory} || sw_problem load 1 "cannot make "${directory}\n`
}

function isOurs(target: string): boolean {
  return target.slice(target.lastIndexOf('/') + 1).startsWith('stw_')
}

function madeMark({ store }: { readonly store: string }, { runDirectory }: ScriptContext): string {
  return `${runDirectory}/made-${store}`
}

/** There once the restored database may have been live. */
export function swapMark({ store }: { readonly store: string }, { runDirectory }: ScriptContext): string {
  return `${runDirectory}/swap-${store}`
}
