// Maintenance as a part of a deploy or a rollback: on before the data changes, off once the release is proven.
import type { Config, HostConfig } from '../config/config.ts'
import { concerns } from '../config/roles.ts'
import { text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { required } from '../core/required.ts'
import type { Phase } from '../engine/plan.ts'
import type { PreviewStep } from '../release/steps/preview.ts'
import { type Pending, routerTooOld } from '../traffic/maintenance/index.ts'
import type { HostFacts } from './facts.ts'
import { maintenanceSteps, wayOf } from './maintenance-steps.ts'
import { noUndo } from './release-steps.ts'

interface Input {
  readonly config: Config
  readonly hosts: readonly HostConfig[]
  readonly facts: ReadonlyMap<string, HostFacts>
  readonly release: string
}

export interface MaintenancePhases {
  readonly on: Phase
  readonly off: Phase
}

const rank = { expand: 0, contract: 1, destructive: 2 } as const

interface Migration {
  readonly name: string
  readonly host: HostConfig
  readonly migrate: NonNullable<Config['databases'][string]['migrate']>
}

function migrationsOf({ config, hosts }: Input): readonly Migration[] {
  return Object.entries(config.databases).flatMap(([name, { migrate }]) => {
    const host = hosts.find(candidate =>
      concerns(migrate?.role === undefined ? undefined : [migrate.role], candidate),
    )
    return migrate && host ? [{ name, host, migrate }] : []
  })
}

/** The migrations that this app's deploys do behind the page. */
function unsafe(input: Input): readonly Migration[] {
  const during = input.config.maintenance?.during
  if (during !== 'destructive' && during !== 'contract') return []
  return migrationsOf(input).filter(({ migrate }) => rank[migrate.class] >= rank[during])
}

function isUsed(input: Input): boolean {
  return input.config.maintenance?.during === 'always' || unsafe(input).length > 0
}

/** Where users are: a host without a release has nobody to keep out. */
function served({ hosts, facts }: Input): readonly HostConfig[] {
  return hosts.filter(host => required(facts, host.name).release.current !== undefined)
}

export function maintenanceBlockers(input: Input): readonly Problem[] {
  if (!isUsed(input)) return []
  return served(input).flatMap(host =>
    required(input.facts, host.name).maintenance?.old === true ? [routerTooOld(host.name)] : [],
  )
}

export function aroundDeploy(input: Input): MaintenancePhases & { readonly preview: Phase } {
  const title = text('Look at the migration', 'Die Migration ansehen')
  return {
    ...phasesOf(input, isUsed(input), questions(input)),
    preview: { id: 'preview', title, steps: previewSteps(input) },
  }
}

/** Around data that goes back: always unsafe, unless the page is never wanted. */
export function aroundData(input: Input, data: boolean): MaintenancePhases {
  const during = input.config.maintenance?.during
  return phasesOf(input, data && during !== undefined && during !== 'never', [])
}

function phasesOf(input: Input, used: boolean, pending: readonly Pending[]): MaintenancePhases {
  const { config, facts, release } = input
  const hosts = used ? served(input) : []
  const silent = hosts.filter(host => !mayAnswer(required(facts, host.name), config)).map(host => host.name)
  const steps = maintenanceSteps({ config, hosts, silent, release, pending, what: 'own' })
  return {
    on: { id: 'maintenance', title: text('Maintenance on', 'Wartung ein'), steps: steps.on },
    off: { id: 'maintenance-off', title: text('Maintenance off', 'Wartung aus'), steps: steps.off },
  }
}

function mayAnswer({ router }: HostFacts, config: Config): boolean {
  return config.router?.kind !== 'embedded' || router.running
}

/** Whether a migration is pending, when the one host that shows the page can answer for all; else the page is shown. */
function questions(input: Input): readonly Pending[] {
  const asked = unsafe(input)
  const [first] = asked
  const { config, hosts, release } = input
  const showing = hosts.filter(host => wayOf(config, host, hosts[0]?.name) !== undefined)
  if (!first || showing.length !== 1 || showing[0]?.name !== first.host.name) return []
  if (asked.some(({ host, migrate }) => host.name !== first.host.name || migrate.pending === undefined))
    return []
  return asked.map(({ host, migrate }) => ({
    directory: `${host.root}/releases/${release}`,
    command: migrate.pending ?? '',
    env: environmentOf(input, host, migrate.env),
  }))
}

/** What each migration will do, as it says itself. */
function previewSteps(input: Input): readonly PreviewStep[] {
  const { config, release } = input
  const previews = migrationsOf(input).filter(({ migrate }) => migrate.preview !== undefined)
  return previews.map(({ name, host, migrate }) => ({
    id: `preview/${host.name}/${name}`,
    kind: 'release.preview',
    host: host.name,
    root: host.root,
    environment: config.environment.name,
    release,
    command: migrate.preview ?? '',
    file: previews.length === 1 ? 'preview.sql' : `preview-${name}.sql`,
    env: { ...host.env, ...migrate.env },
    known: [...config.secrets.keys(), ...config.secretCommands.keys()].toSorted(),
    title: text(`SQL of ${name}`, `SQL von ${name}`),
    timeout: migrate.timeout,
    undo: noUndo('it only looks', 'es schaut nur'),
  }))
}

/** Names of databases whose data a deploy is declared to destroy. */
export function destructive(config: Config): readonly string[] {
  return Object.entries(config.databases).flatMap(([name, { migrate }]) =>
    migrate?.class === 'destructive' ? [name] : [],
  )
}

function environmentOf({ config, release }: Input, host: HostConfig, env: Readonly<Record<string, string>>) {
  return {
    STELLWERK_RELEASE: release,
    STELLWERK_ROOT: host.root,
    STELLWERK_ENVIRONMENT: config.environment.name,
    ...host.env,
    ...env,
  }
}
