// What can go wrong with manual steps, in words. STW-O800 to STW-O819; after-care has its own from O820 on.
import { formatDuration } from '../core/duration.ts'
import { type Text, text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { type Judgement, judge, type SignOffState } from './judge.ts'
import type { PeopleFacts, Signature } from './waiting.ts'

/** Who must still sign, and what. */
export function openWords({ signOffs }: Pick<Judgement, 'signOffs'>): Text {
  const open = signOffs.filter(({ missing }) => missing > 0)
  const list = (one: (state: SignOffState) => string) => open.map(one).join(', ')
  return text(
    list(({ asked, missing }) => `${asked.id} by ${missing > 1 ? `${missing} of ` : ''}${asked.role}`),
    list(({ asked, missing }) => `${asked.id} von ${missing > 1 ? `${missing} aus ` : ''}${asked.role}`),
  )
}

function commands(judgement: Judgement, environment: string): readonly Text[] {
  const same = (command: string) => text(command, command)
  if (judgement.state !== 'open') return [same(`stellwerk recover ${environment}`)]
  const reject = `stellwerk sign-off ${environment} --reject --reason`
  return [
    ...judgement.signOffs
      .filter(({ missing }) => missing > 0)
      .map(({ asked }) => {
        const more = {
          none: same(''),
          text: text(' --evidence "<text>"', ' --evidence "<Text>"'),
          number: text(' --evidence <number>', ' --evidence <Zahl>'),
          file: text(' --file <path>', ' --file <Pfad>'),
        }[asked.evidence]
        const command = `stellwerk sign-off ${environment} ${asked.id}`
        return text(`${command}${more.en}`, `${command}${more.de}`)
      }),
    text(`${reject} "<why>"`, `${reject} "<warum>"`),
  ]
}

/** Why nothing else may be rolled out; empty when nobody waits. */
export function heldProblems(
  facts: PeopleFacts,
  environment: string,
  now: Date,
  host?: string,
): readonly Problem[] {
  const where = host === undefined ? {} : { host }
  return [
    ...facts.waiting.map(({ asked, signatures }): Problem => {
      const judgement = judge(asked, signatures, now)
      const open = openWords(judgement)
      const since = formatDuration(Math.max(now.getTime() - Date.parse(asked.since), 0))
      const why = {
        open: text(
          `it serves since ${since} and is not proven; missing: ${open.en}`,
          `es dient seit ${since} und gilt nicht als bewährt; es fehlt: ${open.de}`,
        ),
        signed: text(
          'everything is signed, and the command that settles it died or is still at work',
          'alles ist unterschrieben, und der Befehl, der es abschließt, starb oder ist noch dabei',
        ),
        rejected: text(
          `${judgement.rejection?.by ?? '?'} refused it: ${judgement.rejection?.reason ?? ''}`,
          `${judgement.rejection?.by ?? '?'} lehnte es ab: ${judgement.rejection?.reason ?? ''}`,
        ),
      }
      return {
        code: 'STW-O800',
        what: text(`${asked.release} waits for sign-offs`, `${asked.release} wartet auf Unterschriften`),
        where: { ...where, run: asked.run },
        why: why[judgement.state],
        next: commands(judgement, environment),
      }
    }),
    ...facts.unreadable.map(
      (run): Problem => ({
        code: 'STW-O813',
        what: text(
          `A run waits for people, and its file cannot be read: ${run}`,
          `Ein Lauf wartet auf Menschen, und seine Datei ist nicht lesbar: ${run}`,
        ),
        where: { ...where, run },
        next: [
          text(`stellwerk rollback ${environment}`, `stellwerk rollback ${environment}`),
          text(
            `Or look at .stellwerk/waiting/${run}.json there`,
            `Oder dort .stellwerk/waiting/${run}.json ansehen`,
          ),
        ],
      }),
    ),
  ]
}

/** One for each sign-off that has waited longer than it may. It never approves anything. */
export function overdueProblems(facts: PeopleFacts, environment: string, now: Date): readonly Problem[] {
  return facts.waiting.flatMap(({ asked, signatures }) => {
    const judgement = judge(asked, signatures, now)
    if (judgement.state !== 'open') return []
    return judgement.signOffs.flatMap(({ asked: one, overdue }): Problem[] =>
      overdue === undefined
        ? []
        : [
            {
              code: 'STW-O809',
              what: text(
                `${one.title} is overdue: ${one.role} has not signed for ${formatDuration(one.timeout + overdue)}`,
                `${one.title} ist überfällig: ${one.role} hat seit ${formatDuration(one.timeout + overdue)} nicht unterschrieben`,
              ),
              where: { run: asked.run },
              why: text(
                `it had ${formatDuration(one.timeout)}`,
                `dafür waren ${formatDuration(one.timeout)} vorgesehen`,
              ),
              next: commands(judgement, environment),
            },
          ],
    )
  })
}

/** What must be signed for this version before its deploy begins. */
export function unsignedProblems(
  states: readonly SignOffState[],
  environment: string,
  version: string,
): readonly Problem[] {
  return states
    .filter(({ missing }) => missing > 0)
    .map(({ asked, missing }): Problem => {
      const command = `stellwerk sign-off ${environment} ${asked.id} --version ${version}`
      return {
        code: 'STW-O801',
        what: text(
          `Not signed for ${version}: ${asked.title}`,
          `Nicht unterschrieben für ${version}: ${asked.title}`,
        ),
        why: text(
          `it needs ${missing > 1 ? `${missing} people of ` : ''}${asked.role}`,
          `es braucht ${missing > 1 ? `${missing} Menschen aus ` : ''}${asked.role}`,
        ),
        next: [text(command, command)],
      }
    })
}

export function samePerson(title: string, by: string): Problem {
  return {
    code: 'STW-O805',
    what: text(`${by} has signed already: ${title}`, `${by} hat schon unterschrieben: ${title}`),
    why: text('it needs somebody else', 'es braucht jemand anderen'),
    next: [text('--by "<name>"', '--by "<Name>"')],
  }
}

/** Short line for status: who signed. */
export function signedWords(signatures: readonly Signature[]): string {
  return signatures
    .map(({ id, by, type }) => `${type === 'reject' ? '✖' : '✔'} ${id} ${by}`.trim())
    .join(', ')
}
