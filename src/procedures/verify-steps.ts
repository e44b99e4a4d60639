// Proof after a switch, the same for deploy and rollback: who answers, is it healthy, does it work for a user.
import type { CheckStep, IdentityStep, Pass } from '../checks/index.ts'
import { longestRun } from '../checks/index.ts'
import type { Config, HostConfig } from '../config/config.ts'
import { concerns } from '../config/roles.ts'
import { httpCheck } from '../config/schema/check.ts'
import { text } from '../core/lang.ts'
import type { Step } from '../engine/step.ts'
import { checksOf } from './given.ts'

const nothingToUndo = { how: 'none', why: text('it only looks', 'sie schaut nur') } as const

/** Where checks with a path find the app on a host. */
export function addressOf(
  config: Config,
  host: HostConfig,
): { readonly host: string; readonly port: number } | undefined {
  const listen = config.router?.listen
  if (listen !== undefined) {
    const at = listen.lastIndexOf(':')
    const name = listen.slice(0, at).replace(/^\[|\]$/g, '')
    return {
      host: name === '0.0.0.0' ? '127.0.0.1' : name === '::' ? '::1' : name,
      port: Number(listen.slice(at + 1)),
    }
  }
  const service = Object.values(config.services).find(
    candidate => candidate.ports.length === 1 && concerns(candidate.roles, host),
  )
  const port = service?.ports[0]
  return port === undefined ? undefined : { host: '127.0.0.1', port }
}

/** What lets the checks of a run pass the maintenance page. */
export function passOf({ maintenance }: Config): { readonly pass?: Pass } {
  if (maintenance?.allowHeader === undefined) return {}
  const { allowHeader, endpoint, command } = maintenance
  const isOwn = endpoint !== undefined || command !== undefined
  return { pass: isOwn ? { ...allowHeader, always: true } : allowHeader }
}

export function checkStep(
  id: string,
  config: Config,
  host: HostConfig,
  purpose: CheckStep['purpose'],
  names: readonly string[],
): readonly CheckStep[] {
  const checks = checksOf(config, host, names)
  if (checks.length === 0) return []
  const address = addressOf(config, host)
  const list = checks.map(({ name }) => name).join(', ')
  const waivers = Object.fromEntries(
    checks.flatMap(({ name }) => {
      const waiver = config.waivers[name]
      return waiver === undefined ? [] : [[name, waiver]]
    }),
  )
  const titles = {
    gate: text(`Gates: ${list}`, `Gates: ${list}`),
    health: text(`Health: ${list}`, `Health: ${list}`),
    smoke: text(`Smoke: ${list}`, `Smoke: ${list}`),
  }
  return [
    {
      id,
      kind: 'check',
      host: host.name,
      root: host.root,
      purpose,
      checks,
      ...(Object.keys(waivers).length > 0 ? { waivers } : {}),
      ...(address ? { address } : {}),
      ...passOf(config),
      title: titles[purpose],
      timeout: longest(purpose, checks) + 10_000,
      undo: nothingToUndo,
    },
  ]
}

/** Smoke checks run one after another, the others side by side. */
function longest(purpose: CheckStep['purpose'], checks: CheckStep['checks']): number {
  return purpose === 'smoke'
    ? checks.reduce((sum, { check }) => sum + longestRun([check]), 0)
    : longestRun(checks.map(({ check }) => check))
}

/** Waits until the slot answers 200 on its path, asked directly and not through the router. */
export function readyStep(
  host: HostConfig,
  service: string,
  port: number,
  path: string,
  timeout: number,
): CheckStep {
  // A check is asked again a hundred times at most: over a long time, less often.
  const every = Math.max(250, Math.ceil(timeout / 100))
  const check = httpCheck.parse({
    kind: 'http',
    url: path,
    retries: Math.ceil(timeout / every),
    timeout: '5s',
    every: `${every}ms`,
  })
  return {
    id: `start/${host.name}/ready-${service}`,
    kind: 'check',
    host: host.name,
    root: host.root,
    purpose: 'health',
    checks: [{ name: `${service} ready`, check }],
    address: { host: '127.0.0.1', port },
    title: text(`Is ${service} ready on port ${port}?`, `Ist ${service} auf Port ${port} bereit?`),
    timeout: timeout + 30_000,
    undo: nothingToUndo,
  }
}

export function verifySteps(config: Config, host: HostConfig, release: string): readonly Step[] {
  const { identity, health, smoke } = config.verify
  const address = addressOf(config, host)
  const who: IdentityStep[] =
    'waived' in identity
      ? []
      : [
          {
            id: `verify/${host.name}/identity`,
            kind: 'identity',
            host: host.name,
            root: host.root,
            identity,
            release,
            ...(address ? { address } : {}),
            ...passOf(config),
            ...(config.router?.kind === 'symlink' && config.router.reload !== undefined
              ? { reload: config.router.reload }
              : {}),
            title: text(`Does ${release} answer?`, `Antwortet ${release}?`),
            // Twice: after a reload it is asked again.
            timeout: 2 * (identity.retries + 1) * (identity.timeout + identity.every) + 70_000,
            undo: nothingToUndo,
          },
        ]
  return [
    ...who,
    ...checkStep(`verify/${host.name}/health`, config, host, 'health', health),
    ...checkStep(`verify/${host.name}/smoke`, config, host, 'smoke', smoke),
  ]
}
