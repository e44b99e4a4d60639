// deploy: the recipe, as a pure function from config, facts and bundle to a plan.
import type { Config, HostConfig } from '../config/config.ts'
import { concerns } from '../config/roles.ts'
import { formatBytes } from '../core/bytes.ts'
import { text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { required } from '../core/required.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Phase, Plan } from '../engine/plan.ts'
import type { Step } from '../engine/step.ts'
import type { Bundle } from '../release/bundle/bundle.ts'
import type { Delta } from '../release/bundle/delta.ts'
import { linksDigestOf } from '../release/content.ts'
import type { ReleaseRecord } from '../release/record.ts'
import { selectExpired } from '../release/retention.ts'
import type { Content } from '../release/steps/fragment.ts'
import type { LinkStep, ProbeStep } from '../release/steps/shared.ts'
import type { StageStep } from '../release/steps/stage.ts'
import type { StateStep } from '../release/steps/state.ts'
import type { RouterFile } from '../traffic/index.ts'
import { aroundMigration, leftOutBlockers, type PreDeploySet } from './before-migration.ts'
import { blockers, roomFor } from './blockers.ts'
import { type Contribution, join } from './contribution.ts'
import { contributions } from './contributions.ts'
import type { HostFacts } from './facts.ts'
import { type FleetPart, switchPhases } from './fleet.ts'
import { aroundDeploy, maintenanceBlockers } from './maintenance-phases.ts'
import { careSteps, peopleBlockers, signedSteps, signOffSummary, waitingPhase } from './people.ts'
import { planOf } from './plan-frame.ts'
import {
  afterSwitchSteps,
  commandStep,
  filesStep,
  noUndo,
  pruneStep,
  second,
  stateStep,
  switchStep,
} from './release-steps.ts'
import { checkStep, verifySteps } from './verify-steps.ts'

export interface Upload {
  /** Release on the host whose unchanged files are linked. */
  readonly base?: ReleaseRecord
  readonly delta: Delta
}

export interface DeployInput {
  readonly config: Config
  /** The hosts that take part, sorted by name. */
  readonly hosts: readonly HostConfig[]
  readonly facts: ReadonlyMap<string, HostFacts>
  readonly bundle: Pick<Bundle, 'manifest' | 'digest'>
  readonly uploads: ReadonlyMap<string, Upload>
  readonly run: string
  readonly release: string
  readonly by: string
  readonly notes: string
  readonly now: Date
  /** The set to make before a migration; absent: none is wanted, or `withoutBackup` waives it. */
  readonly backup?: PreDeploySet | undefined
  /** Why a deploy that would need a set goes without one; kept in the plan, and so in the run's directory on each host. */
  readonly withoutBackup?: string | undefined
  /** SHA-256 of the router file that this version brings; see traffic. */
  readonly routerFile: RouterFile | undefined
}

/** The plan, or everything that speaks against it at once. */
export function compileDeploy(input: DeployInput): Result<Plan, readonly Problem[]> {
  const around = { ...input, live: liveRelease(input) }
  const problems = [
    ...peopleBlockers(input),
    ...blockers(input),
    ...leftOutBlockers(around),
    ...maintenanceBlockers(input),
  ]
  if (problems.length > 0) return err(problems)
  const migration = aroundMigration(around)
  const maintenance = aroundDeploy(input)
  const { config, hosts } = input
  const parts = new Map(hosts.map(host => [host.name, partsOf(input, host)]))
  const all = (pick: (part: HostParts) => readonly Step[]) =>
    hosts.flatMap(host => pick(required(parts, host.name)))
  const waiting = waitingPhase(input)
  const phases: Phase[] = [
    { id: 'gate', title: text('Gates', 'Gates'), steps: all(part => part.gate) },
    {
      id: 'publish',
      title: text('Publish the release', 'Release veröffentlichen'),
      steps: all(part => part.publish),
    },
    {
      id: 'install',
      title: text('Install the router', 'Router einrichten'),
      steps: all(part => part.install),
    },
    maintenance.preview,
    { id: 'backup', title: text('Back up', 'Backup machen'), steps: migration.dump },
    {
      id: 'backup-store',
      title: text('Store and verify the backup', 'Backup ablegen und verifizieren'),
      steps: migration.store,
    },
    maintenance.on,
    {
      id: 'migrate',
      title: text('Migrate the database', 'Datenbank migrieren'),
      steps: [...migration.back, ...migrations(input)],
    },
    { id: 'migrated', title: text('Migrated', 'Migriert'), steps: migration.keep },
    ...switchPhases(config, hosts, host => required(parts, host.name)),
    maintenance.off,
    waiting,
    {
      id: 'settle',
      title: text('Settle', 'Abschließen'),
      steps: [
        ...signedSteps(waiting.steps),
        ...all(part => part.settle),
        ...migration.settle,
        ...careSteps(input, hosts, input.release, true),
      ],
    },
  ]
  return ok(
    planOf(input, {
      procedure: 'deploy',
      hosts,
      onHostFailure: config.environment.onHostFailure,
      phases,
      ...(waiting.steps.length > 0 ? { wait: waiting.id } : {}),
      summary: summaryOf(input),
    }),
  )
}

/** What users get now, for the manifest of the set. */
function liveRelease({
  hosts,
  facts,
}: DeployInput): { id: string; version: string; gitSha: string } | undefined {
  for (const host of hosts) {
    const { current, releases } = required(facts, host.name).release
    const live = releases.find(({ id }) => id === current)
    if (live) return { id: live.id, version: live.version, gitSha: live.gitSha }
  }
  return undefined
}

interface HostParts extends FleetPart {
  readonly gate: readonly Step[]
  readonly publish: readonly Step[]
  readonly install: readonly Step[]
}

function partsOf(input: DeployInput, host: HostConfig): HostParts {
  const { config, release, run } = input
  const facts = required(input.facts, host.name)
  const previous = facts.release.current
  const staged = recordOf(input)
  const ready = { ...staged, state: 'ready' } as const
  const after = afterSwitchSteps(config, host, release, previous)
  const parts = contributions({ config, host, facts, release, previous, routerFile: input.routerFile })
  const moved: Contribution = {
    before: [],
    leave: [],
    arrive: [
      switchStep(host, release, previous),
      ofTheNew(stateStep(`switch/${host.name}/live`, host, ready, 'live', run)),
      ...after.arrive,
    ],
    settle: [],
  }
  const whole = join({ before: [], leave: after.leave, arrive: [], settle: [] }, moved, parts)
  return {
    ...whole,
    gate: checkStep(`gate/${host.name}/checks`, config, host, 'gate', config.gates),
    install: parts.install,
    publish: publishSteps(input, host, staged),
    verify: verifySteps(config, host, release),
    settle: [
      stateStep(`settle/${host.name}/proven`, host, { ...staged, state: 'live' }, 'proven', run),
      ...whole.settle,
      pruneStep(`settle/${host.name}/prune`, host, expired(input, host)),
    ],
  }
}

function recordOf(input: DeployInput): ReleaseRecord {
  const { bundle, config } = input
  const { shared } = config.release
  return {
    schema: 'stellwerk.release/1',
    id: input.release,
    app: config.app,
    environment: config.environment.name,
    version: bundle.manifest.version,
    gitSha: bundle.manifest.gitSha,
    dirty: bundle.manifest.dirty,
    digest: bundle.digest,
    bytes: bundle.manifest.totals.bytes,
    files: bundle.manifest.totals.files,
    by: input.by,
    notes: input.notes,
    state: 'staged',
    stateAt: input.now.toISOString(),
    run: input.run,
    shared: [...shared.directories, ...shared.files],
  }
}

function contentOf(bundle: DeployInput['bundle']): Content {
  // SHA256SUMS lists the manifest too.
  return {
    digest: bundle.digest,
    files: bundle.manifest.totals.files + 1,
    linksDigest: linksDigestOf(bundle.manifest.links),
  }
}

function publishSteps(input: DeployInput, host: HostConfig, staged: ReleaseRecord): readonly Step[] {
  const { config, release, run } = input
  const at = { host: host.name, root: host.root }
  const only = noUndo('it only touches the new release', 'es berührt nur das neue Release')
  const { shared, user, writable } = config.release
  const link: LinkStep = {
    ...at,
    id: `publish/${host.name}/link`,
    kind: 'release.link',
    release,
    directories: shared.directories,
    files: shared.files,
    skeleton: shared.skeleton,
    ...(user === undefined ? {} : { user }),
    title: text('Link shared paths', 'Gemeinsame Pfade verlinken'),
    timeout: 60 * second,
    undo: only,
  }
  const directories = [
    ...shared.directories.map(path => `${host.root}/shared/${path}`),
    ...writable.map(path => `${host.root}/releases/${release}/${path}`),
  ]
  const probe: ProbeStep = {
    ...at,
    id: `publish/${host.name}/probe`,
    kind: 'release.probe',
    release,
    directories,
    ...(user === undefined ? {} : { user }),
    title: text('Prove that the app may write', 'Beweisen, dass die App schreiben darf'),
    timeout: 300 * second,
    undo: only,
  }
  const prepare = commandStep({
    id: `publish/${host.name}/prepare`,
    title: text('Prepare', 'Vorbereiten'),
    config,
    host,
    release,
    commands: config.release.prepare,
    timeout: config.release.prepareTimeout,
    why: text('it only touches the new release', 'es berührt nur das neue Release'),
  })
  // Unchanged files are shared with the next release: one that is written to now would make that one unverifiable.
  const intact = {
    ...filesStep(
      `publish/${host.name}/intact`,
      host,
      release,
      input.bundle.digest,
      text('Are the files of the bundle intact?', 'Sind die Dateien des Bundles unversehrt?'),
    ),
    by: 'prepare' as const,
  }
  const room = roomFor(
    config,
    required(input.facts, host.name),
    required(input.uploads, host.name).delta.bytes,
  )
  return [
    ...(room.length > 0 ? [pruneStep(`publish/${host.name}/room`, host, room)] : []),
    stageStep(input, host, staged),
    ...(shared.directories.length + shared.files.length > 0 ? [link] : []),
    ...(directories.length > 0 ? [probe] : []),
    ...(prepare.commands.length > 0 ? [prepare, intact] : []),
    ofTheNew(stateStep(`publish/${host.name}/ready`, host, staged, 'ready', run)),
  ]
}

// Going back gives up the new release as a whole (stage), so its states on the way need no undo of their own.
function ofTheNew(step: StateStep): StateStep {
  return {
    ...step,
    undo: noUndo('the new release is given up as a whole', 'das neue Release wird als Ganzes verworfen'),
  }
}

function stageStep(input: DeployInput, host: HostConfig, record: ReleaseRecord): StageStep {
  const { base, delta } = required(input.uploads, host.name)
  const tools = required(input.facts, host.name).release.tools
  const count = delta.added.length + delta.changed.length
  return {
    id: `publish/${host.name}/stage`,
    kind: 'release.stage',
    host: host.name,
    root: host.root,
    record,
    content: contentOf(input.bundle),
    ...(base ? { base: base.id, baseDigest: base.digest } : {}),
    compress: tools.includes('zstd') ? 'zstd' : 'gzip',
    added: delta.added.length,
    changed: delta.changed.length,
    removed: delta.removed.length,
    bytes: delta.bytes,
    title: text(
      `Send ${count} ${count === 1 ? 'file' : 'files'}, ${formatBytes(delta.bytes)}`,
      `${count} ${count === 1 ? 'Datei' : 'Dateien'} senden, ${formatBytes(delta.bytes)}`,
    ),
    timeout: 3600 * second,
    undo: { how: 'auto', title: text('Give up the new release', 'Das neue Release verwerfen') },
  }
}

// Once, from the new release, before anybody switches: on the first host of the role.
function migrations(input: DeployInput): readonly Step[] {
  const { config, hosts, release } = input
  return Object.entries(config.databases).flatMap(([name, database]) => {
    const { migrate } = database
    const host =
      migrate &&
      hosts.find(candidate => concerns(migrate.role === undefined ? undefined : [migrate.role], candidate))
    if (!migrate || !host) return []
    return [
      commandStep({
        id: `migrate/${host.name}/${name}`,
        title: text(`Migrate ${name}`, `${name} migrieren`),
        config,
        host,
        release,
        commands: [migrate.command],
        onlyIf: migrate.pending,
        env: migrate.env,
        timeout: migrate.timeout,
        why: text(
          'a migration is taken back by restoring a backup, not by code',
          'eine Migration nimmt man durch Zurückspielen eines Backups zurück, nicht durch Code',
        ),
      }),
    ]
  })
}

function expired(input: DeployInput, host: HostConfig): readonly string[] {
  const { config, release } = input
  const { releases, pinned } = required(input.facts, host.name).release
  return selectExpired([...releases, { id: release, state: 'proven' }], config.release, {
    current: release,
    pinned,
  })
}

function summaryOf(input: DeployInput): Plan['summary'] {
  const { manifest } = input.bundle
  const { identity } = input.config.verify
  return {
    release: input.release,
    version: manifest.version,
    gitSha: manifest.gitSha,
    dirty: manifest.dirty,
    by: input.by,
    notes: input.notes,
    ...(input.backup === undefined
      ? {}
      : { backup: { set: input.backup.set, expected: Object.fromEntries(input.backup.expected) } }),
    ...(input.withoutBackup === undefined
      ? {}
      : { backupWaived: { by: input.by, reason: input.withoutBackup } }),
    ...('waived' in identity ? { identityWaived: identity.waived } : {}),
    ...signOffSummary(input.config),
    hosts: input.hosts.map(host => {
      const { delta, base } = required(input.uploads, host.name)
      return {
        name: host.name,
        from: required(input.facts, host.name).release.current ?? null,
        base: base?.id ?? null,
        added: delta.added,
        changed: delta.changed,
        removed: delta.removed,
        unchanged: delta.unchanged.length,
        bytes: delta.bytes,
      }
    }),
  }
}
