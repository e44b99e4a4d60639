// What a check needs of the rest of the config (see Given): looked up when a plan is made, so that a check itself knows no other
// domain and its step stays plain data.
import type { NamedCheck } from '../checks/index.ts'
import type { Config, HostConfig } from '../config/config.ts'
import { concerns } from '../config/roles.ts'
import type { Check, DatabaseCheck } from '../config/schema/check.ts'
import type { Given } from '../config/schema/checks/given.ts'
import type { StoredDatabase } from '../config/schema/database.ts'
import { quote } from '../core/shell.ts'
import { referenced } from '../core/shell-value.ts'
import { type Access, secretValues } from '../databases/access.ts'
import { engineFor } from '../databases/engines.ts'
import { integrityFragment, poolFragment } from '../databases/watch.ts'
import { type Probe, probeScript } from '../engine/host-probes.ts'
import { exportLines } from '../services/command-line.ts'
import { publishedLines } from '../services/compose/published.ts'
import { newLines } from '../services/new-lines.ts'
import { type AppPlace, unitName } from '../services/unit-name.ts'
import { accessOf, databaseStores, knownSecrets } from './stores.ts'

/** The checks of these names that concern the host, each with what it needs. */
export function checksOf(config: Config, host: HostConfig, names: readonly string[]): readonly NamedCheck[] {
  return names.flatMap((name): NamedCheck[] => {
    const check = config.checks[name]
    if (check === undefined || !concerns(check.roles, host) || !isAt(config, host, check)) return []
    const given = givenFor(config, host, check)
    return [{ name, check: given === undefined ? check : { ...check, given } }]
  })
}

/** A database is asked on the host that has its tools, a service on those that run it, unless roles say otherwise. */
function isAt(config: Config, host: HostConfig, check: Check): boolean {
  if (check.roles !== undefined) return true
  if (check.kind === 'database') {
    const store = databaseStores(config).find(({ name }) => name === check.database)
    return store === undefined || store.host.name === host.name
  }
  if (check.kind === 'log' || check.kind === 'env') {
    const service = check.service === undefined ? undefined : config.services[check.service]
    return service === undefined || concerns(service.roles, host)
  }
  return true
}

function givenFor(config: Config, host: HostConfig, check: Check): Given | undefined {
  switch (check.kind) {
    case 'database':
      return forDatabase(config, host, check)
    case 'log':
      return forLog(config, host, check.service)
    case 'env': {
      const service = check.service === undefined ? undefined : config.services[check.service]
      return service && { variables: { ...host.env, ...service.env } }
    }
    case 'secret': {
      const file = check.secret === undefined ? undefined : config.secretFiles.get(check.secret)
      // Without a directory of its own the build is made of what git tracks, which is looked at anyway; what git ignores beside it
      // never gets there.
      const output = config.build?.output ?? '.'
      return {
        ...(file === undefined ? {} : { file }),
        ...(output === '.' ? {} : { built: [`${config.directory}/${output}`] }),
      }
    }
    case 'port':
      return check.by === 'services' ? forPort(config, host, check.port) : undefined
    default:
      return undefined
  }
}

/** What tells our services from others on a port: units of systemd, and what an engine says of our containers. */
function forPort(config: Config, host: HostConfig, port: number): Given {
  const place = placeOf(config, host)
  const own = Object.entries(config.services).filter(([, { roles }]) => concerns(roles, host))
  const asked = own.flatMap(([name, service]) =>
    service.kind === 'compose' ? [publishedLines(name, service, place, port)] : [],
  )
  return {
    own: own.flatMap(([name, service]) =>
      service.kind === 'systemd' ? [unitName(name, service, place)] : [],
    ),
    ...(asked.length === 0 ? {} : { script: asked.join('') }),
  }
}

function placeOf(config: Config, host: HostConfig): AppPlace {
  return { app: config.app, environment: config.environment.name, root: host.root, env: host.env }
}

function forLog(config: Config, host: HostConfig, name: string | undefined): Given | undefined {
  const secrets = knownSecrets(config)
  const service = name === undefined ? undefined : config.services[name]
  if (name === undefined || service === undefined) return { secrets }
  const lines = newLines(name, service, placeOf(config, host))
  return { secrets, ...(lines && { script: lines.script, cuts: lines.cuts }) }
}

function forDatabase(config: Config, host: HostConfig, check: DatabaseCheck): Given | undefined {
  const database = config.databases[check.database]
  if (database === undefined || database.kind === 'other') return undefined
  const access = accessOf(config, host, database)
  const pending = check.expect.pending === undefined ? undefined : pendingProbe(config, host, database)
  const probes: readonly Probe[] = [
    { id: 'query', fragment: timed(access, check.query), secrets: [] },
    ...(check.expect.pool === undefined ? [] : [{ id: 'pool', fragment: poolFragment(access), secrets: [] }]),
    ...(pending === undefined ? [] : [pending]),
    ...(check.expect.integrity === undefined
      ? []
      : [{ id: 'integrity', fragment: integrityFragment(access), secrets: [] }]),
  ]
  const used = referenced(secretValues(access), access.known)
  // Exported by the check, so that the script itself, which a process list shows, only names them.
  return {
    script: probeScript(probes, {}),
    secrets: [...new Set([...used, ...(pending?.secrets ?? [])])].toSorted(),
  }
}

/** The value, then `took <hundredths of a second>`. */
function timed(access: Access, sql: string): string {
  const target = access.kind === 'sqlite' ? access.file : access.database
  return `sw_ticks() { IFS=' .' read -r sw_s sw_c sw_x </proc/uptime && echo "$((sw_s * 100 + 1$sw_c - 100))"; }
sw_from=$(sw_ticks)
(
${engineFor(access).query(access, target, sql)}
) >"$sw_tmp/value"
cat "$sw_tmp/value"
echo "took $(($(sw_ticks) - sw_from))"`
}

function pendingProbe(config: Config, host: HostConfig, { migrate }: StoredDatabase) {
  if (migrate?.pending === undefined) return undefined
  const env = {
    STELLWERK_ROOT: host.root,
    STELLWERK_ENVIRONMENT: config.environment.name,
    ...host.env,
    ...migrate.env,
  }
  const secrets = referenced([migrate.pending, ...Object.values(env)], knownSecrets(config))
  // Its own words may be anything: only its end counts.
  return {
    id: 'pending',
    fragment: `cd ${quote(`${host.root}/current`)} || sw_problem missing ${quote(`${host.root}/current`)}
${exportLines(env, secrets).join('\n')}
rc=0
sh -euc ${quote(migrate.pending)} >/dev/null 2>&1 || rc=$?
echo "exit $rc"`,
    secrets,
  }
}
