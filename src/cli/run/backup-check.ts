import { type Absence, type Finding, fromTheFuture, judgeAbsence } from '../../backup/absence.ts'
import type { Naming } from '../../backup/naming.ts'
import { overall, type Proof, proofs, provenText } from '../../backup/proof.ts'
import { type Whole, wholeSets } from '../../backup/whole.ts'
import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import { type Text, text } from '../../core/lang.ts'
import { ProblemError } from '../../core/problem.ts'
import { namingOf } from '../backing-up.ts'
import type { Context } from '../context.ts'
import { chosen, type Seen, seeDestinations, wantedStores } from '../destinations.ts'
import { showResult } from '../outcome.ts'
import { markOf } from '../present/mark.ts'
import { paletteFor } from '../present/palette.ts'
import { withSession } from '../session.ts'
import { refuse } from '../under-lock.ts'

/** Asks the destinations alone: it works, and matters most, when no host answers. */
export async function run(context: Context): Promise<ExitCode> {
  return withSession(context, async session => {
    const { config } = session
    const wanted = chosen(config, undefined)
    if (!wanted.ok) return refuse(context, [wanted.error])
    const { maxAge, maxDrillAge } = wanted.value.backup
    const naming = namingOf(config)
    const asked = await seeDestinations(session, wanted.value)
    // A manifest says what was proven once; what a restore needs are the parts.
    const looked = await Promise.all(asked.map(one => withoutLost(one, naming)))
    const [seen, lost] = [looked.map(({ seen }) => seen), looked.flatMap(({ lost }) => lost)]
    const [now, stores] = [context.wiring.clock.now(), wantedStores(config)]
    const absence = judgeAbsence({ destinations: seen, stores, maxAge, maxDrillAge, now })
    const proven = proofs(seen, stores, now)
    const future = fromTheFuture(seen, now)
    const headline = headlineOf(absence, overall(proven, stores))
    session.presenter.end()
    showResult(
      context,
      'stellwerk.backup.check/1',
      {
        app: config.app,
        environment: config.environment.name,
        verdict: absence.verdict,
        headline,
        findings: absence.findings,
        lost: lost.map(({ what }) => what),
        future,
        proofs: proven.map(proof => ({ ...proof, what: provenText(proof) })),
      },
      () =>
        render(context, `${config.app} ${config.environment.name}`, {
          absence,
          headline,
          proven,
          lost,
          future,
        }),
    )
    return absence.verdict === 'pass' ? exitCode.done : exitCode.checkSaysNo
  })
}

async function withoutLost(
  seen: Seen,
  naming: Naming,
): Promise<{ readonly seen: Seen; readonly lost: Whole['lost'] }> {
  if (!seen.catalogue) return { seen, lost: [] }
  try {
    const { sets, lost } = await wholeSets(seen.destination, naming, seen.catalogue.sets)
    return { seen: { ...seen, catalogue: { ...seen.catalogue, sets } }, lost }
  } catch (error) {
    if (!ProblemError.is(error)) throw error
    return { seen: { name: seen.name, optional: seen.optional, problem: error.problem }, lost: [] }
  }
}

function headlineOf({ verdict, findings }: Absence, proven: Text | undefined): Text {
  if (verdict === 'pass' && proven) return proven
  const bad = findings.filter(finding => finding.verdict !== 'pass').length
  return text(
    `not proven restorable: ${bad} of ${findings.length} answers are missing or say no`,
    `nicht bewiesen wiederherstellbar: ${bad} von ${findings.length} Antworten fehlen oder sagen nein`,
  )
}

interface Shown {
  readonly absence: Absence
  readonly headline: Text
  readonly proven: readonly Proof[]
  readonly lost: Whole['lost']
  readonly future: readonly Text[]
}

function render(context: Context, name: string, { absence, headline, proven, lost, future }: Shown): string {
  const { lang } = context
  const palette = paletteFor(context.io.color.out)
  const line = ({ verdict, what }: Finding) => `  ${markOf(verdict, palette)} ${what[lang]}\n`
  const proof = (one: Proof) =>
    `  ${palette.cyan('·')} ${one.store} ${lang === 'de' ? 'bei' : 'at'} ${one.destination}: ${provenText(one)[lang]}\n`
  return [
    `${markOf(absence.verdict, palette)} ${name}: ${headline[lang]}\n`,
    ...absence.findings.map(line),
    ...[...lost.map(({ what }) => what), ...future].map(what => `  ${palette.yellow('!')} ${what[lang]}\n`),
    ...proven.map(proof),
  ].join('')
}
