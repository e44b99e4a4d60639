// The phases of a plan as check lists: what each step does, where, how to do it without Stellwerk, and how it is taken back.
import { httpByHand } from '../checks/by-hand-http.ts'
import { expectedOf } from '../checks/expected.ts'
import type { CheckStep, IdentityStep, NamedCheck, Pass } from '../checks/index.ts'
import type { CheckHand } from '../checks/probe.ts'
import { probeOf } from '../checks/probes.ts'
import { type Text, text } from '../core/lang.ts'
import { quote } from '../core/shell.ts'
import type { Phase, Plan } from '../engine/plan.ts'
import type { Kind, Kinds, Step } from '../engine/step.ts'
import type { PruneStep } from '../release/steps/prune.ts'
import type { Box, Part } from '../runbook/guide.ts'
import type { DrainWait } from './drain-wait.ts'
import { describeStep } from './kinds.ts'

export interface StepWords {
  readonly kinds: Kinds
  readonly environment: string
  /** No bundle is known: how much travels would be made up. */
  readonly supposed: boolean
}

/** Phases of the plan that `only` lets through, each with a heading. */
export function phaseParts(
  plan: Plan,
  words: StepWords,
  only: (phase: Phase) => boolean = () => true,
): readonly Part[] {
  return plan.phases.filter(only).flatMap(phase => [
    { kind: 'heading' as const, title: phase.title },
    { kind: 'boxes' as const, boxes: phase.steps.flatMap(step => boxesOf(plan, step, words)) },
  ])
}

export function boxesOf(plan: Plan, step: Step, words: StepWords): readonly Box[] {
  if (step.kind === 'check') return checkBoxes(plan, step as CheckStep, words)
  if (step.kind === 'release.prune' && (step as PruneStep).remove.length === 0) return []
  const place = plan.hosts.find(({ name }) => name === step.host)
  const { undo } = step
  return [
    {
      title: titleOf(step, words),
      ...(step.host === undefined ? {} : { host: step.host }),
      lines: [
        undo.how === 'auto'
          ? text(`Undo: ${undo.title.en}`, `Rückgängig: ${undo.title.de}`)
          : text(`No undo: ${undo.why.en}`, `Kein Rückgängig: ${undo.why.de}`),
      ],
      commands: handOf(plan, step, words, {
        root: place?.root ?? '',
        ...(place === undefined || place.address === 'local' ? {} : { address: place.address }),
      }),
    },
  ]
}

function titleOf(step: Step, { kinds, supposed }: StepWords): Text {
  if (supposed && step.kind === 'router.install')
    return text('Send the router program', 'Das Routerprogramm senden')
  if (supposed && step.kind === 'release.stage')
    return text(
      'Send the files of the bundle that changed, and verify each by SHA-256',
      'Die geänderten Dateien des Bundles senden und jede per SHA-256 prüfen',
    )
  // On the way there it only remembers: what it would run is no thing to do now.
  return 'when' in step && step.when === 'back' ? step.title : describeStep(kinds, step)
}

function handOf(
  plan: Plan,
  step: Step,
  { kinds, environment }: StepWords,
  place: { readonly root: string; readonly address?: string },
): readonly string[] {
  if (step.kind === 'identity') return [identityByHand(step as IdentityStep, isBehindPage(plan, step))]
  if (step.kind === 'drain.wait') {
    const { look } = step as DrainWait
    return look.checks.flatMap(one => checkHand(one, look, environment, isBehindPage(plan, step)))
  }
  const kind = kinds[step.kind] as Kind<Step> | undefined
  const commands = kind?.byHand?.(step, place) ?? []
  return commands.length > 0 ? commands : [ownCommand(plan, step, environment)]
}

/** Between maintenance on and off: who asks the app then gets the page, unless they send what lets them through. */
function isBehindPage({ phases }: Plan, step: Step): boolean {
  const at = (kind: string) => phases.findIndex(({ steps }) => steps.some(one => one.kind === kind))
  const [on, off] = [at('maintenance.on'), at('maintenance.off')]
  const own = phases.findIndex(({ steps }) => steps.includes(step))
  return on >= 0 && own > on && (off < 0 || own < off)
}

/** What only its own program does. */
const whole = new Set(['router.install', 'router.start', 'router.switch'])

/** What nobody does by hand: the command that does it, or tells how it stands. */
function ownCommand({ procedure }: Plan, { kind }: Step, environment: string): string {
  if (kind === 'release.state') return `stellwerk releases ${environment}`
  if (kind === 'maintenance.on') return `stellwerk maintenance on ${environment}`
  if (kind === 'maintenance.off') return `stellwerk maintenance off ${environment}`
  if (kind === 'maintenance.prove') return `stellwerk maintenance status ${environment}`
  if (kind === 'backup.open' || kind === 'backup.store') return `stellwerk backup ${environment}`
  if (kind.startsWith('backup.')) return `stellwerk backup list ${environment}`
  if (kind.startsWith('sign-off.')) return `stellwerk sign-off ${environment}`
  if (kind.startsWith('aftercare.')) return `stellwerk aftercare ${environment}`
  // The others act only when the run is taken back, or wait.
  return whole.has(kind) ? `stellwerk ${procedure} ${environment}` : `stellwerk status ${environment}`
}

/** One box a check: each is ticked for itself. */
function checkBoxes(plan: Plan, step: CheckStep, { environment }: StepWords): readonly Box[] {
  const behindPage = isBehindPage(plan, step)
  return step.checks.map(one => {
    const here = probeOf(one.check).place(one.check) === 'here'
    return {
      title: titleOfCheck(one),
      ...(step.host === undefined || here ? {} : { host: step.host }),
      lines: [...(here ? [beside] : []), ...expectation(one)],
      commands: checkHand(one, step, environment, behindPage),
    }
  })
}

const beside = text(
  'On the machine of Stellwerk, beside stellwerk.yaml',
  'Auf der Maschine von Stellwerk, neben stellwerk.yaml',
)

/** A script of several lines stands below; of it the first is title enough. */
function titleOfCheck({ name, check }: NamedCheck): Text {
  const { en, de } = probeOf(check).describe(check)
  const short = (words: string) => words.trim().replace(/\n[\s\S]*/, ' …')
  return text(`${name}: ${short(en)}`, `${name}: ${short(de)}`)
}

function expectation({ check }: NamedCheck): readonly Text[] {
  const warn = check.level === 'warn' ? [text('Only a warning', 'Nur eine Warnung')] : []
  const lines = expectedOf(check).map(({ step, parts }) => {
    const of = step === undefined ? '' : `, ${step}`
    return text(`Expected${of}: ${parts.join('; ')}`, `Erwartet${of}: ${parts.join('; ')}`)
  })
  return [...lines, ...warn]
}

function checkHand(
  { name, check }: NamedCheck,
  step: CheckStep,
  environment: string,
  behindPage: boolean,
): readonly string[] {
  const { address, root } = step
  const place = {
    ...(address === undefined ? {} : { base: `http://${hostName(address.host)}:${address.port}` }),
    ...(root === undefined ? {} : { root }),
    ...passIn(step, behindPage),
  }
  const commands = probeOf(check).byHand?.(check, place) ?? []
  return commands.length === 0
    ? [`stellwerk check ${environment} --only ${name}`]
    : commands.map(command => command.replaceAll('<environment>', environment))
}

function passIn({ pass }: { readonly pass?: Pass }, behindPage: boolean): Pick<CheckHand, 'pass'> {
  return pass === undefined || !behindPage ? {} : { pass }
}

function identityByHand(step: IdentityStep, behindPage: boolean): string {
  const { identity, address } = step
  const base = address === undefined ? {} : { base: `http://${hostName(address.host)}:${address.port}` }
  const [asked = ''] = httpByHand(
    { method: 'GET', url: identity.url },
    { ...base, ...passIn(step, behindPage) },
  )
  if (identity.header === undefined) return asked
  const seen = ` | grep -i ${quote(`^${identity.header}:`)}`
  // Behind the command itself, before what it reads.
  return asked.replace(/$/m, () => seen)
}

function hostName(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

/** A box for a command that Stellwerk itself has. */
export function commandBox(title: Text, ...commands: readonly string[]): Box {
  return { title, lines: [], commands }
}

export function noteOf(en: string, de: string): Part {
  return { kind: 'note', text: text(en, de) }
}
