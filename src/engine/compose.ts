// Steps of one host -> one remote script. Pure: tests compare the text, and the same text runs everywhere.
import { gzipSync } from 'node:zlib'
import { forms } from '../core/redact.ts'
import { quote } from '../core/shell.ts'
import type { Plan } from './plan.ts'
import { prelude } from './prelude.ts'
import type { HostKind, ScriptContext, Step } from './step.ts'

/** One step with its kind, as the script needs it. */
export interface Act {
  readonly step: Step
  readonly kind: HostKind<Step>
}

export interface GroupProps {
  readonly plan: Plan
  readonly root: string
  readonly token: number
  readonly nonce: string
  readonly mode: 'run' | 'undo'
  readonly acts: readonly Act[]
  /** Values exported into the environment of the steps; only for scripts that travel on standard input. */
  readonly secrets: Readonly<Record<string, string>>
  /** See PreludeProps. */
  readonly abortable: boolean
  /** Writes plan.json first: the first script of a run on a host. */
  readonly begin: boolean
  /** Ends the run on this host with this status, and gives the lock back. */
  readonly close?: string
}

function scriptContext(plan: Plan, root: string): ScriptContext {
  return { root, run: plan.run, runDirectory: `${root}/.stellwerk/runs/${plan.run}` }
}

export function composeGroup(props: GroupProps): string {
  const context = scriptContext(props.plan, props.root)
  const parts = [
    prelude({
      root: props.root,
      run: props.plan.run,
      token: props.token,
      nonce: props.nonce,
      abortable: props.abortable,
    }),
  ]
  for (const [name, value] of Object.entries(props.secrets))
    parts.push(`${name}=${quote(value)}; export ${name}`)
  if (Object.keys(props.secrets).length > 0) parts.push(maskText(Object.values(props.secrets)))
  parts.push('sw_begin')
  // Room for the journal of the way back, when the way there has filled the disk; the next lock makes it again.
  if (props.mode === 'undo') parts.push('rm -f "$sw_state/reserve"')
  if (props.begin) parts.push(planText(props.plan))
  for (const [index, { step, kind }] of props.acts.entries()) {
    const body = props.mode === 'run' ? kind.run(step, context) : kind.undo(step, context)
    parts.push(`sw_body_${index}() {\n:\n${body}\n}`)
  }
  const prefix = props.mode === 'run' ? "''" : 'undo-'
  for (const [index, { step }] of props.acts.entries())
    parts.push(`sw_step ${index} ${quote(step.id)} ${prefix}`)
  if (props.close !== undefined) parts.push(`sw_close ${quote(props.close)}`)
  parts.push('exit 0')
  return `${parts.join('\n')}\n`
}

// What a command prints goes into output.log on the host as well, where nobody redacts it later. In pure sh, line by line
// and without a child whose argument list would show the value; slow, so only for scripts that were given a secret.
function maskText(values: readonly string[]): string {
  const all = forms(values)
  return `sw_hide() {
  sw_seen=
  while :; do
    case $sw_line in
    *"$1"*) sw_seen=$sw_seen\${sw_line%%"$1"*}'[secret]' sw_line=\${sw_line#*"$1"} ;;
    *) break ;;
    esac
  done
  sw_line=$sw_seen$sw_line
}
sw_mask() {
  while IFS= read -r sw_line || [ -n "$sw_line" ]; do
${all.map(form => `    sw_hide ${quote(form)}`).join('\n')}
    printf '%s\\n' "$sw_line"
  done
}
sw_tee() { trap '' PIPE; sw_mask | tee -a "$sw_rundir/output.log" 2>/dev/null; }`
}

// Packed, because a script that carries a stream travels as one argument and Linux allows 128 KiB for it.
function planText(plan: Plan): string {
  const packed = gzipSync(JSON.stringify(plan, undefined, 1)).toString('base64')
  const lines = packed.match(/.{1,200}/g) ?? []
  return `sw_plan <<'STELLWERK_PLAN' || { sw_frame stop journal; exit 96; }\n${lines.join('\n')}\nSTELLWERK_PLAN`
}

/** Asks what is true of some steps: one answer frame `state <index> done|undone|unknown` each. Read-only. */
export function composeInspect(
  props: Omit<GroupProps, 'mode' | 'begin' | 'close' | 'secrets' | 'abortable'>,
): string {
  const context = scriptContext(props.plan, props.root)
  const parts = [
    prelude({
      root: props.root,
      run: props.plan.run,
      token: props.token,
      nonce: props.nonce,
      abortable: false,
    }),
    'sw_begin',
  ]
  for (const [index, { step, kind }] of props.acts.entries()) {
    const body = kind.inspect(step, context)
    parts.push(
      `sw_inspect_${index}() {\n:\n${body}\n}`,
      `sw_word=$( (set -eu; cd "$sw_root"; sw_inspect_${index}) 2>/dev/null 3>&- | tail -n 1)`,
      `sw_frame answer ${index} "\${sw_word:-unknown}"`,
    )
  }
  return `${parts.join('\n')}\nexit 0\n`
}

/** Waits until an earlier script of this run has ended on the host, then prints its journal. A script that outlives the
 *  limit is ended. `hurry` asks it to stop at once. */
export function composeSettle(props: {
  readonly root: string
  readonly run: string
  readonly limitSeconds: number
  readonly hurry: boolean
}): string {
  const directory = `${props.root}/.stellwerk/runs/${props.run}`
  return `sw_dir=${quote(directory)}
[ ${props.hurry ? 1 : 0} = 1 ] && [ -d "$sw_dir" ] && : >"$sw_dir/abort"
sw_alive() {
  [ -s "$sw_dir/script.pid" ] || return 1
  read -r sw_pid sw_start <"$sw_dir/script.pid" || return 1
  kill -0 "$sw_pid" 2>/dev/null || return 1
  [ -z "$sw_start" ] || [ "$(cut -d' ' -f22 "/proc/$sw_pid/stat" 2>/dev/null)" = "$sw_start" ]
}
sw_end=$(($(date +%s) + ${Math.ceil(props.limitSeconds)}))
while sw_alive; do
  if [ "$(date +%s)" -ge "$sw_end" ]; then kill -KILL "$sw_pid" 2>/dev/null; break; fi
  sleep 0.1 2>/dev/null || sleep 1
done
rm -f "$sw_dir/abort"
# A script that was killed could not tidy up.
rm -rf "\${TMPDIR:-/tmp}"/stellwerk.${quote(props.run)}.*
cat "$sw_dir/journal.jsonl" 2>/dev/null
exit 0
`
}
