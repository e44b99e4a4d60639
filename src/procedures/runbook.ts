// The guide of the whole procedure for people, made of the plans that the commands would run: steps, order, hosts and expectations
// are told by those alone.
import type { Config } from '../config/config.ts'
import { formatDuration } from '../core/duration.ts'
import { type Text, text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { ok, type Result } from '../core/result.ts'
import type { Plan } from '../engine/plan.ts'
import type { Kinds } from '../engine/step.ts'
import type { ReleaseRecord } from '../release/record.ts'
import { type Guide, type Part, type Section, same } from '../runbook/guide.ts'
import { compileDeploy, type DeployInput } from './deploy.ts'
import type { Measured, MeasuredTimes } from './measured.ts'
import { compileRollback } from './rollback.ts'
import { careBoxes, contactParts, decisionBoxes, signOffBoxes, whoDecides } from './runbook-people.ts'
import { boxesOf, commandBox, noteOf, phaseParts, type StepWords } from './runbook-steps.ts'
import {
  afterDeploy,
  supposedBundle,
  supposedFacts,
  supposedMoment,
  supposedRouterFile,
  supposedRun,
  supposedSet,
} from './supposed.ts'

interface RunbookInput {
  readonly config: Config
  readonly words: StepWords
  readonly deploy: Plan
  readonly rollback: Result<Plan, readonly Problem[]>
  /** Absent: no host was asked. */
  readonly seen?: { readonly measured: Measured; readonly releases: readonly ReleaseRecord[] }
}

/** What the guide is made from besides the config. */
export interface RunbookFacts extends Pick<DeployInput, 'bundle' | 'uploads' | 'release' | 'routerFile'> {
  readonly facts: DeployInput['facts']
  readonly kinds: Kinds
  /** No bundle is known. */
  readonly supposed: boolean
  readonly seen?: RunbookInput['seen']
}

/** Open decisions and signatures stop a deploy; its guide shows them as boxes instead. */
export function runbookFor(config: Config, from: RunbookFacts): Result<Guide, readonly Problem[]> {
  const { facts, release, kinds, supposed, seen } = from
  const run = supposedRun(config)
  const common = { hosts: config.hosts, run: run.run, by: '', now: supposedMoment }
  const signOffs = Object.entries(config.signOffs).filter(([, { phase }]) => phase === 'after')
  const asked = { ...config, undecided: [], signOffs: Object.fromEntries(signOffs) }
  const deploy = compileDeploy({ ...run, ...from, ...common, config: asked })
  if (!deploy.ok) return deploy
  const rollback = compileRollback({ ...common, config, facts: afterDeploy(config, facts, release) })
  const words = { kinds, supposed, environment: config.environment.name }
  const more = seen === undefined ? {} : { seen }
  const guide = compileRunbook({ config, words, deploy: deploy.value, rollback, ...more })
  return ok(JSON.parse(JSON.stringify(guide).replaceAll(supposedSet, '<set>')) as Guide)
}

/** The guide without a look at any host. */
export function supposedRunbook(config: Config, kinds: Kinds): Result<Guide, readonly Problem[]> {
  return runbookFor(config, {
    ...supposedBundle(config),
    facts: supposedFacts(config),
    routerFile: config.router?.kind === 'embedded' ? supposedRouterFile : undefined,
    kinds,
    supposed: true,
  })
}

function compileRunbook(input: RunbookInput): Guide {
  const { config } = input
  const { name } = config.environment
  const sections = [
    before(input),
    deploy(input),
    afterwards(input),
    maintenance(config),
    rollback(input),
    restore(input),
    versions(input),
  ]
  return {
    title: text(`Runbook: ${config.app}, ${name}`, `Runbook: ${config.app}, ${name}`),
    about: [
      text(
        `Made by stellwerk runbook ${name} from the plan that stellwerk deploy ${name} runs. Each step can be done by hand: names in angle brackets are filled in, secrets stand as $NAME and come from the environment. Commands of a step run on the host that it names.`,
        `Erzeugt von stellwerk runbook ${name} aus dem Plan, den stellwerk deploy ${name} ausführt. Jeder Schritt lässt sich von Hand tun: Namen in spitzen Klammern werden eingesetzt, Geheimnisse stehen als $NAME und kommen aus der Umgebung. Befehle eines Schrittes laufen auf dem Host, den er nennt.`,
      ),
      text(
        'What is done by hand is known to nobody: afterwards stellwerk status and stellwerk doctor tell what is true.',
        'Was von Hand getan wird, weiß niemand: Danach sagen stellwerk status und stellwerk doctor, was wahr ist.',
      ),
    ],
    sections: sections.filter(section => section !== undefined),
  }
}

function boxes(part: Extract<Part, { kind: 'boxes' }>['boxes']): readonly Part[] {
  return part.length === 0 ? [] : [{ kind: 'boxes', boxes: part }]
}

function titled(title: Text, parts: readonly Part[]): readonly Part[] {
  return parts.length === 0 ? [] : [{ kind: 'heading', title }, ...parts]
}

function before({ config, deploy: plan, words }: RunbookInput): Section {
  const { name } = config.environment
  const gates = plan.phases.filter(({ id }) => id === 'gate')
  return {
    title: text('1. Before', '1. Vorher'),
    parts: [
      ...titled(text('Decisions', 'Entscheidungen'), boxes(decisionBoxes(config))),
      ...titled(text('Contacts', 'Ansprechpartner'), contactParts(config)),
      ...titled(
        text('Signatures before the deploy', 'Unterschriften vor dem Deploy'),
        boxes(signOffBoxes(config, 'before')),
      ),
      ...titled(text('Preparation', 'Vorbereitung'), [
        {
          kind: 'boxes',
          boxes: [
            commandBox(
              text('Everything a deploy needs is there', 'Alles da, was ein Deploy braucht'),
              `stellwerk doctor ${name}`,
            ),
            commandBox(text('Build the bundle', 'Das Bundle bauen'), 'stellwerk build'),
            commandBox(text('Read the plan', 'Den Plan lesen'), `stellwerk plan deploy ${name}`),
          ],
        },
      ]),
      ...titled(
        text('Gates', 'Gates'),
        boxes(gates.flatMap(({ steps }) => steps.flatMap(step => boxesOf(plan, step, words)))),
      ),
    ],
  }
}

function deploy({ config, deploy: plan, words }: RunbookInput): Section {
  return {
    title: text('2. Deploy', '2. Deploy'),
    about: text(
      'A failure before the phase Settle takes everything back by itself, from the last step to the first.',
      'Ein Fehler vor der Phase Abschließen nimmt alles von selbst zurück, vom letzten Schritt zum ersten.',
    ),
    parts: [
      { kind: 'commands', commands: [`stellwerk deploy ${config.environment.name}`] },
      ...phaseParts(plan, words, ({ id }) => id !== 'gate'),
    ],
  }
}

function afterwards({ config }: RunbookInput): Section | undefined {
  const parts = [
    ...titled(
      text('Signatures after the proof', 'Unterschriften nach dem Beweis'),
      boxes(signOffBoxes(config, 'after')),
    ),
    ...titled(text('After-care', 'Nachsorge'), boxes(careBoxes(config))),
  ]
  return parts.length === 0 ? undefined : { title: text('3. Afterwards', '3. Danach'), parts }
}

function maintenance({ maintenance: section, environment: { name } }: Config): Section | undefined {
  if (section === undefined) return undefined
  return {
    title: text('Maintenance', 'Wartung'),
    about: text(
      `A deploy turns it on by itself: ${section.during}. By hand:`,
      `Ein Deploy schaltet sie von selbst ein: ${section.during}. Von Hand:`,
    ),
    parts: boxes([
      commandBox(
        text('Turn it on', 'Einschalten'),
        `stellwerk maintenance on ${name} --reason '<reason>' --for 30m`,
      ),
      commandBox(text('Does it show?', 'Wirkt sie?'), `stellwerk maintenance status ${name}`),
      commandBox(text('Turn it off', 'Ausschalten'), `stellwerk maintenance off ${name}`),
    ]),
  }
}

function rollback({ config, rollback: plan, words, seen }: RunbookInput): Section {
  const { name } = config.environment
  return {
    title: text('Rollback', 'Rollback'),
    about: whoDecides(config, 'rollback'),
    parts: [
      measuredNote(text('Going back took', 'Zurück dauerte'), seen?.measured.rollback, seen !== undefined),
      { kind: 'commands', commands: [`stellwerk rollback ${name}`] },
      ...(plan.ok
        ? phaseParts(plan.value, words)
        : plan.error.map(({ what }): Part => ({ kind: 'note', text: what }))),
    ],
  }
}

function restore({ config, seen }: RunbookInput): Section | undefined {
  const { backup } = config
  if (!backup) return undefined
  const { name } = config.environment
  const known = seen !== undefined
  return {
    title: text('Restore and drill', 'Wiederherstellen und Drill'),
    about: whoDecides(config, 'restore'),
    parts: [
      measuredNote(text('Restore time (RTO)', 'Wiederherstellungszeit (RTO)'), seen?.measured.restore, known),
      measuredNote(text('Age of the set (RPO)', 'Alter des Satzes (RPO)'), seen?.measured.loss, known),
      ...boxes([
        commandBox(
          text('Which sets are there?', 'Welche Sätze gibt es?'),
          `stellwerk backup list ${name}`,
          `stellwerk backup verify ${name}`,
        ),
        commandBox(
          text('Restore the newest one', 'Den neuesten wiederherstellen'),
          `stellwerk restore ${name}`,
          `stellwerk restore finish ${name}`,
        ),
        {
          ...commandBox(text('Restore without Stellwerk', 'Ohne Stellwerk wiederherstellen')),
          lines: [
            text(
              'RESTORE.md lies in every set, with its commands',
              'RESTORE.md liegt in jedem Satz, mit seinen Befehlen',
            ),
          ],
        },
        commandBox(
          text('Prove it without touching what is live', 'Es beweisen, ohne den Betrieb zu berühren'),
          `stellwerk drill ${name}`,
        ),
      ]),
    ],
  }
}

function measuredNote(what: Text, times: MeasuredTimes | undefined, known: boolean): Part {
  if (!known) return noteOf(`${what.en}: not asked`, `${what.de}: nicht gefragt`)
  if (times === undefined) return noteOf(`${what.en}: not measured`, `${what.de}: nicht gemessen`)
  const [last, worst] = [formatDuration(times.last), formatDuration(times.worst)]
  return noteOf(
    `${what.en}: ${last} at ${times.at}, at worst ${worst} of ${times.count}`,
    `${what.de}: ${last} am ${times.at}, schlimmstenfalls ${worst} von ${times.count}`,
  )
}

function versions({ seen, config }: RunbookInput): Section {
  const title = text('Versions', 'Versionen')
  const head = [
    text('Version', 'Version'),
    text('When', 'Wann'),
    text('Who', 'Wer'),
    text('State', 'Zustand'),
    text('Notes', 'Notizen'),
  ]
  const empty = [same(''), same(''), same(''), same(''), same('')]
  const rows = (seen?.releases ?? []).map(({ version, stateAt, by, state, notes }) =>
    [version, stateAt, by, state, notes].map(same),
  )
  return {
    title,
    about: text(
      `Also: stellwerk history ${config.environment.name}`,
      `Auch: stellwerk history ${config.environment.name}`,
    ),
    parts: [{ kind: 'table', head, rows: [...rows, empty] }],
  }
}
