// The SQL of a migration, printed before it runs and kept with the run: what a person reads when it went wrong.
import { text } from '../../core/lang.ts'
import { quote } from '../../core/shell.ts'
import { referenced, shellValue } from '../../core/shell-value.ts'
import type { HostKind, Step } from '../../engine/step.ts'
import { previewByHand } from './by-hand.ts'
import { releaseEnvironment } from './fragment.ts'

export interface PreviewStep extends Step {
  readonly kind: 'release.preview'
  readonly host: string
  readonly root: string
  readonly environment: string
  readonly release: string
  readonly command: string
  /** Name of the file in the run's directory. */
  readonly file: string
  /** Values may hold ${NAME} of a secret. */
  readonly env: Readonly<Record<string, string>>
  /** Secrets the configuration knows. */
  readonly known: readonly string[]
}

export const previewKind: HostKind<PreviewStep> = {
  at: 'host',
  run: (step, { runDirectory }) => {
    const file = quote(`${runDirectory}/${step.file}`)
    return `${releaseEnvironment(step)}
${Object.entries(step.env)
  .map(([name, value]) => `${name}=${shellValue(value, secretsOf(step))}; export ${name}`)
  .join('\n')}
printf '%s\\n' ${quote(step.command)} >"$sw_tmp/preview"
sw_rc=0
(umask 077; sw_bounded ${Math.max(1, Math.floor(step.timeout / 1000))} "$sw_tmp/preview" >"$sw_tmp/preview.sql") || sw_rc=$?
[ "$sw_rc" = 0 ] || sw_problem preview "$sw_rc"
(umask 077; sw_write ${file} <"$sw_tmp/preview.sql") || sw_problem preview write
sw_data bytes "$(wc -c <${file} | tr -d ' ')"`
  },
  undo: () => ':',
  inspect: (step, { runDirectory }) =>
    `[ -e ${quote(`${runDirectory}/${step.file}`)} ] && echo done || echo undone`,
  byHand: previewByHand,
  describe: step =>
    text(
      `Print the SQL of the migration and keep it as ${step.file} with the run: ${step.command}`,
      `Das SQL der Migration ausgeben und als ${step.file} beim Lauf aufheben: ${step.command}`,
    ),
  explain: (step, { args: [code = ''] }) => ({
    code: 'STW-M813',
    what: text(
      `"${step.command}" could not print the SQL of the migration`,
      `„${step.command}“ konnte das SQL der Migration nicht ausgeben`,
    ),
    where: { host: step.host, step: step.id },
    why: text(`it ended with exit code ${code}`, `er endete mit Exit-Code ${code}`),
    next: [
      text(
        `Try it on ${step.host} in ${step.root}/releases/${step.release}`,
        `Auf ${step.host} in ${step.root}/releases/${step.release} ausprobieren`,
      ),
    ],
  }),
  observe: (step, { bytes }) =>
    bytes === undefined
      ? undefined
      : text(`${bytes} bytes in ${step.file}`, `${bytes} Bytes in ${step.file}`),
  secrets: secretsOf,
}

function secretsOf({ command, env, known }: PreviewStep): readonly string[] {
  return referenced([command, ...Object.values(env)], known)
}
