// What comes before the stop of a service with `drain`, and after the start of its successor. Undo runs in reverse order:
// once the old one runs again, `end` takes back what `begin` said.
import type { Config, HostConfig } from '../config/config.ts'
import { text } from '../core/lang.ts'
import { quote } from '../core/shell.ts'
import type { Step } from '../engine/step.ts'
import type { CommandStep } from '../release/steps/command.ts'
import type { DrainWait } from './drain-wait.ts'
import { commandStep, noUndo, second } from './release-steps.ts'
import { checkStep } from './verify-steps.ts'

export interface DrainInput {
  readonly config: Config
  readonly host: HostConfig
  readonly release: string
  readonly previous: string | undefined
}

export interface DrainSteps {
  readonly before: readonly Step[]
  readonly after: readonly Step[]
}

/** Nothing for a service without `drain`, and nothing before the first release. */
export function drainSteps({ config, host, release, previous }: DrainInput, name: string): DrainSteps {
  const service = config.services[name]
  const drain = service?.drain
  if (!service || !drain || previous === undefined) return { before: [], after: [] }
  const id = (word: string) => `drain/${host.name}/${name}/${word}`
  const shared = { config, host, env: service.env, timeout: Math.max(drain.timeout, 60 * second) }
  const mark = `${host.root}/.stellwerk/services/${name}/unrested`
  const endWhy = text('the way back runs it as well', 'auf dem Rückweg läuft er ebenso')
  const { begin, end, requeue } = drain
  const before: Step[] = []
  if (begin !== undefined && end !== undefined) {
    const back: CommandStep = {
      ...commandStep({
        ...shared,
        id: id('back'),
        title: text(`Remember how ${name} takes work again`, `Merken, wie ${name} wieder Arbeit annimmt`),
        release,
        commands: [end],
        why: endWhy,
      }),
      when: 'back',
      undoRelease: previous,
      undo: {
        how: 'auto',
        title: text(`Let ${name} take work again`, `${name} wieder Arbeit annehmen lassen`),
      },
    }
    before.push(
      back,
      commandStep({
        ...shared,
        id: id('begin'),
        title: text(`Let ${name} take no new work`, `${name} keine neue Arbeit annehmen lassen`),
        release: previous,
        commands: [begin],
        why: text(`${id('back')} takes it back`, `${id('back')} nimmt es zurück`),
      }),
    )
  }
  before.push(...waitStep({ config, host, release, previous }, name, id('wait'), mark))
  if (requeue !== undefined) {
    before.push(
      commandStep({
        ...shared,
        id: id('requeue'),
        title: text(`Put the work of ${name} back`, `Die Arbeit von ${name} zurücklegen`),
        release: previous,
        commands: [requeue],
        onlyIf: `[ -e ${quote(mark)} ] || exit 3`,
        why: text(
          'work that was put back is done by whoever runs',
          'zurückgelegte Arbeit erledigt, wer läuft',
        ),
      }),
    )
  }
  const after =
    end === undefined
      ? []
      : [
          commandStep({
            ...shared,
            id: id('end'),
            title: text(`Let ${name} take work`, `${name} Arbeit annehmen lassen`),
            release,
            commands: [end],
            why: endWhy,
          }),
        ]
  return { before, after }
}

function waitStep(
  { config, host }: DrainInput,
  name: string,
  id: string,
  mark: string,
): readonly DrainWait[] {
  const drain = config.services[name]?.drain
  const check = drain && config.checks[drain.check]
  // The config refuses an unknown name; without a look there would be no rest.
  if (!drain || !check) throw new Error(`${name} drains by no check`)
  // It is asked on this host whatever its roles are: here is what stops.
  const asked = {
    ...config,
    checks: { [drain.check]: { ...check, roles: undefined, retries: 0, level: 'error' as const } },
  }
  return checkStep(id, asked as Config, host, 'gate', [drain.check]).map(look => ({
    id,
    kind: 'drain.wait',
    host: host.name,
    service: name,
    limit: drain.timeout,
    every: drain.every,
    otherwise: drain.otherwise,
    look,
    mark,
    title: text(`Is ${name} at rest (${drain.check})?`, `Ist ${name} zur Ruhe gekommen (${drain.check})?`),
    timeout: 2 * drain.timeout + 2 * look.timeout + 60 * second,
    undo: noUndo('it only looks', 'es schaut nur'),
  }))
}
