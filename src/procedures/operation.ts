// operation: one declared command in the release that serves, on one host, journaled. It has no undo: a set is the way back.
import type { Config, HostConfig } from '../config/config.ts'
import { concerns } from '../config/roles.ts'
import type { Operation } from '../config/schema/operation.ts'
import { text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { required } from '../core/required.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Plan } from '../engine/plan.ts'
import { layoutBlockers } from './blockers.ts'
import type { HostFacts } from './facts.ts'
import { planOf } from './plan-frame.ts'
import { commandStep } from './release-steps.ts'
import { unknownName } from './unknown-name.ts'

export interface ChosenOperation {
  readonly name: string
  readonly operation: Operation
  readonly host: HostConfig
}

export function chooseOperation(config: Config, name: string): Result<ChosenOperation> {
  const operation = config.operations[name]
  if (!operation) return err(unknownName('operation', name, Object.keys(config.operations)))
  const roles = operation.role === undefined ? undefined : [operation.role]
  const host = config.hosts.find(candidate => concerns(roles, candidate))
  if (host) return ok({ name, operation, host })
  return err(
    unknownName('role', operation.role ?? '', [...new Set(config.hosts.flatMap(({ roles }) => roles))]),
  )
}

/** The store that a set must hold before this runs; undefined: its target is none, so any set will do. */
export function storeOf(config: Config, { target }: Operation): string | undefined {
  const stores = [...Object.keys(config.databases), ...Object.keys(config.backup?.files ?? {})]
  return target !== undefined && stores.includes(target) ? target : undefined
}

export interface OperationInput extends ChosenOperation {
  readonly config: Config
  readonly facts: ReadonlyMap<string, HostFacts>
  /** The set that is the way back of a destructive one. */
  readonly set: string | undefined
  readonly run: string
  readonly by: string
  readonly now: Date
}

export function compileOperation(input: OperationInput): Result<Plan, readonly Problem[]> {
  const { config, name, operation, host } = input
  const facts = required(input.facts, host.name)
  const release = facts.release.current
  const problems = [...layoutBlockers(host, facts), ...(release === undefined ? [notDeployed(input)] : [])]
  if (release === undefined || problems.length > 0) return err(problems)
  const step = commandStep({
    id: `operate/${host.name}/${name}`,
    title: text(name, name),
    config,
    host,
    release,
    commands: [operation.command],
    env: operation.env,
    timeout: operation.timeout,
    why: text(
      'what it does is not known; the way back is a set',
      'was er tut, ist nicht bekannt; der Rückweg ist ein Satz',
    ),
  })
  return ok(
    planOf(input, {
      procedure: 'operation',
      hosts: [host],
      onHostFailure: 'undo',
      // Whatever it has begun cannot be taken back: a failure needs a look, and the lock is given back.
      commit: 'operate',
      phases: [{ id: 'operate', title: text(`Run ${name}`, `${name} ausführen`), steps: [step] }],
      summary: {
        release,
        operation: name,
        destructive: operation.destructive,
        by: input.by,
        ...(input.set === undefined ? {} : { set: input.set }),
      },
    }),
  )
}

function notDeployed({ config, host }: OperationInput): Problem {
  const command = `stellwerk deploy ${config.environment.name}`
  return {
    code: 'STW-B480',
    what: text(
      `Nothing is deployed on ${host.name} that it could run in`,
      `Auf ${host.name} ist nichts ausgerollt, worin sie laufen könnte`,
    ),
    where: { host: host.name },
    next: [text(command, command)],
  }
}
