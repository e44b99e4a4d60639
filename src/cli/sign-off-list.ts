// What is to be signed, by whom, and what is signed: for people and as data.
import { formatDuration } from '../core/duration.ts'
import { type ExitCode, exitCode } from '../core/exit-code.ts'
import { type Text, text } from '../core/lang.ts'
import { askedFor } from '../procedures/people.ts'
import { type Judgement, judge, type SignOffState } from '../runbook/judge.ts'
import type { PeopleFacts, Signature } from '../runbook/waiting.ts'
import type { Context } from './context.ts'
import { showResult } from './outcome.ts'
import { paletteFor } from './present/palette.ts'
import type { Session } from './session.ts'

const states: Readonly<Record<Judgement['state'], Text>> = {
  open: text('open', 'offen'),
  signed: text('signed', 'unterschrieben'),
  rejected: text('refused', 'abgelehnt'),
}

/** Exit 10 while a run waits. */
export function listSignOffs(context: Context, session: Session, people: PeopleFacts): ExitCode {
  const { config } = session
  const now = context.wiring.clock.now()
  const runs = people.waiting.map(({ asked, signatures }) => ({ asked, ...judge(asked, signatures, now) }))
  const before = askedFor(config, 'before')
  session.presenter.end()
  showResult(
    context,
    'stellwerk.sign-offs/1',
    {
      environment: config.environment.name,
      waiting: runs.map(({ asked, state, signOffs, rejection }) => ({
        run: asked.run,
        release: asked.release,
        version: asked.version,
        since: asked.since,
        state,
        signOffs: signOffs.map(shown),
        ...(rejection ? { rejection } : {}),
      })),
      before: before.map(({ id, title, role, persons }) => ({ id, title, role, persons })),
      signedBefore: people.before,
    },
    () => {
      const de = context.lang === 'de'
      const palette = paletteFor(context.io.color.out)
      const lines = runs.map(({ asked, state, signOffs }) => {
        const head = de
          ? `${asked.release} wartet seit ${asked.since}`
          : `${asked.release} waits since ${asked.since}`
        return `${head} (${states[state][context.lang]})\n${signOffs.map(one => row(one, context, palette)).join('')}`
      })
      const ahead = before.map(({ id, title, role }) => {
        const command = `stellwerk sign-off ${config.environment.name} ${id} --version <version>`
        return `  ${de ? 'vor dem Deploy' : 'before the deploy'}: ${title} (${role})\n    → ${command}\n`
      })
      const all = [...lines, ...ahead].join('')
      return all === '' ? (de ? 'Nichts zu unterschreiben\n' : 'Nothing to sign\n') : all
    },
  )
  return runs.length > 0 ? exitCode.waiting : exitCode.done
}

function row(state: SignOffState, context: Context, palette: ReturnType<typeof paletteFor>): string {
  const { asked, signatures, missing, overdue } = state
  const de = context.lang === 'de'
  const mark = missing === 0 ? palette.green('✔') : overdue === undefined ? '…' : palette.red('✖')
  const who = signatures.map(by).join(', ')
  const late =
    overdue === undefined
      ? ''
      : de
        ? `, überfällig seit ${formatDuration(overdue)}`
        : `, overdue for ${formatDuration(overdue)}`
  const need = missing === 0 ? '' : ` ${de ? 'fehlt' : 'missing'}: ${missing} × ${asked.role}${late}`
  return `  ${mark} ${asked.id}  ${asked.title}${who === '' ? '' : `  ${who}`}${need}\n`
}

function by({ by: name, at, evidence }: Signature): string {
  return `${name} (${at.slice(0, 16)}Z${evidence === undefined ? '' : `, ${evidence}`})`
}

/** One sign-off as data. */
export function shown({ asked, signatures, missing, overdue }: SignOffState) {
  const { id, title, role, persons, evidence } = asked
  return { id, title, role, persons, evidence, missing, overdueMs: overdue ?? null, signatures }
}
