// --waive: a named person lets a check not count, for a reason and until a day.
import type { Config } from '../config/config.ts'
import { leastReason, waiver } from '../config/schema/waiver.ts'
import { latestDay } from '../config/waivers.ts'
import { type Text, text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { err, ok, type Result } from '../core/result.ts'
import { unknownName } from '../procedures/unknown-name.ts'
import { type Context, manyFlag, textFlag } from './context.ts'
import { typedFlag } from './typed.ts'

/** The config with the waivers of the command beside those of the file. */
export function withWaivers(context: Context, config: Config): Result<Config, readonly Problem[]> {
  const names = manyFlag(context, 'waive')
  if (names.length === 0) return ok(config)
  const known = Object.keys(config.checks)
  const unknown = names.filter(name => !known.includes(name))
  if (unknown.length > 0) return err(unknown.map(name => unknownName('check', name, known)))
  const until = textFlag(context, 'until')
  const reason = typedFlag(context, config, 'reason') ?? ''
  const given = waiver.safeParse({
    reason,
    until: until ?? '',
    by: context.wiring.self.by,
  })
  const now = context.wiring.clock.now()
  const latest = latestDay(now)
  if (!given.success) {
    const wrong = given.error.issues[0]?.path[0]
    return err([wrong === 'until' ? noDay(until) : noReason(reason)])
  }
  const today = now.toISOString().slice(0, 10)
  if (given.data.until < today) {
    return err([
      refused(
        'STW-K602',
        text(`--until ${given.data.until} is over`, `--until ${given.data.until} ist vorbei`),
        text(`today is ${today}`, `heute ist ${today}`),
      ),
    ])
  }
  if (given.data.until > latest) {
    return err([
      refused(
        'STW-K603',
        text(
          `A waiver until ${given.data.until} lasts too long`,
          `Eine Ausnahme bis ${given.data.until} dauert zu lange`,
        ),
        text(`at most until ${latest}, 90 days ahead`, `höchstens bis ${latest}, 90 Tage voraus`),
      ),
    ])
  }
  const waivers = Object.fromEntries(names.map(name => [name, given.data]))
  return ok({ ...config, waivers: { ...config.waivers, ...waivers } })
}

function noReason(given: string): Problem {
  return refused(
    'STW-K600',
    given === ''
      ? text('--waive needs a reason', '--waive braucht einen Grund')
      : text(`The reason "${given}" is too short`, `Der Grund „${given}“ ist zu kurz`),
    text(
      `a check that is passed over is asked about later: at least ${leastReason} characters`,
      `nach einer übergangenen Prüfung wird später gefragt: mindestens ${leastReason} Zeichen`,
    ),
  )
}

function noDay(until: string | undefined): Problem {
  return refused(
    'STW-K601',
    until === undefined
      ? text('--waive needs the day it ends', '--waive braucht den Tag, an dem es endet')
      : text(`--until takes a date, not "${until}"`, `--until erwartet ein Datum, nicht „${until}“`),
    text(
      'a waiver without an end is a check that nobody needs',
      'eine Ausnahme ohne Ende ist eine Prüfung, die niemand braucht',
    ),
  )
}

function refused(code: string, what: Text, why: Text): Problem {
  const example = '--waive <check> --reason "disk is replaced on Monday" --until 2026-12-01'
  return { code, what, why, next: [text(example, example)] }
}
