// What people have to do with a deploy: decisions and signatures before it, signatures after it, care in the days behind.
import type { Config, HostConfig } from '../config/config.ts'
import { text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { required } from '../core/required.ts'
import type { Phase } from '../engine/plan.ts'
import { tasksOf } from '../runbook/due-list.ts'
import { judge, judgeBefore } from '../runbook/judge.ts'
import { heldProblems, unsignedProblems } from '../runbook/problems.ts'
import type { BeginCareStep } from '../runbook/steps/begin-care.ts'
import type { CloseStep } from '../runbook/steps/close.ts'
import type { WaitStep } from '../runbook/steps/wait.ts'
import { type AskedSignOff, joinPeople } from '../runbook/waiting.ts'
import type { HostFacts } from './facts.ts'
import { noUndo, second } from './release-steps.ts'

/** Phase after which a deploy waits. */
const waitPhase = 'sign-off'

/** Those that this environment asks for. */
export function askedFor(config: Config, phase: 'before' | 'after'): readonly AskedSignOff[] {
  return Object.entries(config.signOffs).flatMap(([id, { environments, phase: when, ...rest }]) =>
    when === phase && (environments === undefined || environments.includes(config.environment.name))
      ? [{ id, ...rest }]
      : [],
  )
}

interface DeployedBundle {
  readonly digest: string
  readonly manifest: { readonly version: string }
}

/** Everything that people have not done yet, at once. */
export function peopleBlockers(input: {
  readonly config: Config
  readonly hosts: readonly HostConfig[]
  readonly facts: ReadonlyMap<string, HostFacts>
  readonly bundle: DeployedBundle
  readonly now: Date
}): readonly Problem[] {
  const { config, hosts, facts, bundle, now } = input
  const { name } = config.environment
  const people = joinPeople(hosts.map(host => required(facts, host.name).people))
  const { version } = bundle.manifest
  const states = judgeBefore(askedFor(config, 'before'), people.before, { version, digest: bundle.digest })
  return [...config.undecided, ...unsignedProblems(states, name, version), ...heldProblems(people, name, now)]
}

/** For whoever reads the plan: what they will be asked. */
export function signOffSummary(config: Config): Readonly<Record<string, unknown>> {
  const asked = askedFor(config, 'after').map(({ id, title, role, persons }) => ({
    id,
    title,
    role,
    persons,
  }))
  return asked.length === 0 ? {} : { signOffs: asked }
}

/** After the proof, before anything is settled: users have the release, and people look. */
export function waitingPhase(input: {
  readonly config: Config
  readonly hosts: readonly HostConfig[]
  readonly run: string
  readonly release: string
  readonly bundle: DeployedBundle
  readonly by: string
}): Phase & { readonly steps: readonly WaitStep[] } {
  const { config, hosts, run, release, bundle, by } = input
  const signOffs = askedFor(config, 'after')
  return {
    id: waitPhase,
    title: text('Ask for sign-offs', 'Um Unterschriften bitten'),
    steps:
      signOffs.length === 0
        ? []
        : hosts.map(host => ({
            id: `sign-off/${host.name}/wait`,
            kind: 'sign-off.wait',
            host: host.name,
            root: host.root,
            waiting: {
              schema: 'stellwerk.waiting/1',
              run,
              release,
              version: bundle.manifest.version,
              by,
              signOffs: [...signOffs],
            },
            title: text(
              `Wait for ${signOffs.map(({ id }) => id).join(', ')}`,
              `Auf ${signOffs.map(({ id }) => id).join(', ')} warten`,
            ),
            timeout: 30 * second,
            undo: { how: 'auto', title: text('Wait no more', 'Nicht mehr warten') },
          })),
  }
}

const afterwards = noUndo('it only ends the waiting', 'es beendet nur das Warten')

/** First in the settling of a run that has waited. */
export function signedSteps(steps: readonly WaitStep[]): readonly CloseStep[] {
  return steps.map(({ host, root, waiting }) => ({
    id: `settle/${host}/signed`,
    kind: 'sign-off.close',
    host,
    root,
    waits: waiting.run,
    title: text('Everything is signed', 'Alles ist unterschrieben'),
    timeout: 30 * second,
    undo: afterwards,
  }))
}

/** A rollback ends whatever waits: its release is gone. */
export function givenUpSteps(
  hosts: readonly HostConfig[],
  facts: ReadonlyMap<string, HostFacts>,
  now: Date,
): readonly CloseStep[] {
  const all = hosts.map(host => ({ host, people: required(facts, host.name).people }))
  // A signature may have reached only some of the hosts.
  const joined = joinPeople(all.map(({ people }) => people))
  const statusOf = (run: string) => {
    const found = joined.waiting.find(({ asked }) => asked.run === run)
    return found && judge(found.asked, found.signatures, now).state === 'rejected'
      ? 'rejected'
      : 'rolled-back'
  }
  return all.flatMap(({ host, people }) =>
    [...people.waiting.map(({ asked }) => asked.run), ...people.unreadable].map(run => ({
      id: `settle/${host.name}/waits-no-more-${run}`,
      kind: 'sign-off.close' as const,
      host: host.name,
      root: host.root,
      waits: run,
      status: statusOf(run),
      title: text(`${run} waits no more`, `${run} wartet nicht mehr`),
      timeout: 30 * second,
      undo: afterwards,
    })),
  )
}

/** On the first host the due list of this release begins. Those of others end, wherever one is open: also when the config
 *  asks for none any more. `begin` false: after a rollback. */
export function careSteps(
  { config, facts }: { readonly config: Config; readonly facts: ReadonlyMap<string, HostFacts> },
  hosts: readonly HostConfig[],
  release: string,
  begin: boolean,
): readonly BeginCareStep[] {
  return hosts.flatMap((host, index): readonly BeginCareStep[] => {
    const own = index === 0 ? tasksOf(config.afterCare) : []
    if (own.length === 0 && !required(facts, host.name).people.careIsOpen) return []
    const tasks = begin ? own : []
    return [
      {
        id: `settle/${host.name}/aftercare`,
        kind: 'aftercare.begin',
        host: host.name,
        root: host.root,
        release,
        tasks,
        title:
          tasks.length > 0
            ? text('Begin the after-care', 'Die Nachsorge beginnen')
            : text('End the after-care', 'Die Nachsorge beenden'),
        timeout: 30 * second,
        undo: noUndo('it only writes a list', 'es schreibt nur eine Liste'),
      },
    ]
  })
}
