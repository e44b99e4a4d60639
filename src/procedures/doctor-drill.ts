// The part of doctor that is about the way back: could a drill restore a set, has somebody the key, and is there a recent set?
import type { StoredSet } from '../backup/set.ts'
import type { Config, HostConfig } from '../config/config.ts'
import type { Backup } from '../config/schema/backup.ts'
import { formatDuration } from '../core/duration.ts'
import { text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { referenced, shellValue } from '../core/shell-value.ts'
import { type Access, type ServerAccess, secretValues } from '../databases/access.ts'
import { engineFor } from '../databases/engines.ts'
import { databaseProblem } from '../databases/problems.ts'
import { packingTools } from '../databases/stream.ts'
import { type Answer, answerOf, type Probe } from '../engine/host-probes.ts'
import { missingTools, same, toolsText, unanswered } from './doctor-backup.ts'
import { here } from './drill.ts'
import { noServer } from './drill-problems.ts'
import { serverAccess } from './drill-steps.ts'
import { type DatabaseStore, databaseStores, knownSecrets, packingOf } from './stores.ts'

/** Where drills restore: a host of the environment, or undefined for this machine. */
export function drillHost(config: Config): HostConfig | undefined {
  return config.hosts.find(({ name }) => name === config.backup?.drill.host)
}

/** A drill that nobody set up is not missed: "backup check" asks for one. */
function isWanted({ drill, schedule }: Backup): boolean {
  return drill.host !== undefined || Object.keys(drill.servers).length > 0 || 'drill' in schedule
}

interface DrillServer {
  readonly store: DatabaseStore
  readonly access: ServerAccess & Access
}

function drillServers(config: Config, { drill }: Backup): readonly DrillServer[] {
  return databaseStores(config).flatMap(store => {
    const server = drill.servers[store.name]
    const { kind } = store.access
    if (!server || kind === 'sqlite') return []
    // Its own database does not exist yet, and this one always does.
    const database = kind === 'postgres' ? 'postgres' : 'information_schema'
    const access = serverAccess(kind, server, database, knownSecrets(config))
    return access.kind === 'sqlite' ? [] : [{ store, access }]
  })
}

const mayCreate = {
  postgres: 'SELECT (rolcreatedb OR rolsuper)::int FROM pg_roles WHERE rolname = current_user',
  mysql: `SELECT (SELECT count(*) FROM information_schema.user_privileges WHERE privilege_type = 'CREATE'
AND grantee = CONCAT(QUOTE(SUBSTRING_INDEX(CURRENT_USER(), '@', 1)), '@', QUOTE(SUBSTRING_INDEX(CURRENT_USER(), '@', -1))))
+ (SELECT count(*) FROM information_schema.schema_privileges WHERE privilege_type = 'CREATE' AND 'stw_drill_0' LIKE table_schema)`,
} as const

/** For the machine that drills. */
export function drillProbes(config: Config): readonly Probe[] {
  const { backup } = config
  if (!backup) return []
  const servers = isWanted(backup) ? drillServers(config, backup) : []
  const tools = toolsOf(config, backup)
  return [
    ...(tools.length === 0
      ? []
      : [{ id: 'drill-tools', fragment: toolsText(tools.map(tool => ({ tools: tool }))), secrets: [] }]),
    ...servers.flatMap(({ store, access }) => {
      const secrets = referenced(secretValues(access), access.known)
      const engine = engineFor(access)
      return [
        { id: `drill-is/${store.name}`, fragment: engine.identity(access), secrets },
        {
          id: `drill-may/${store.name}`,
          fragment: engine.query(access, access.database, mayCreate[access.kind]),
          secrets,
        },
      ]
    }),
    ...keyProbes(config, backup),
  ]
}

/** For the hosts that hold a database: who the live server is, by its own word. */
export function productionProbes(config: Config, host: HostConfig): readonly Probe[] {
  const { backup } = config
  if (!backup || !isWanted(backup) || backup.drill.sameServer) return []
  return drillServers(config, backup)
    .filter(({ store }) => store.host.name === host.name)
    .map(({ store: { name, access } }) => ({
      id: `live-is/${name}`,
      fragment: engineFor(access).identity(access),
      secrets: referenced(secretValues(access), access.known),
    }))
}

function toolsOf(config: Config, backup: Backup): readonly (readonly string[])[] {
  const key = backup.encrypt?.identity === undefined ? [] : [['age'], ['age-keygen']]
  if (!isWanted(backup)) return key
  const all = [
    ...databaseStores(config).flatMap(({ access }) => engineFor(access).tools),
    ...packingTools(packingOf(config)).map(tool => [tool]),
    ...(Object.keys(backup.files).length === 0 ? [] : [['tar']]),
    ...key,
  ]
  return [...new Map(all.map(tools => [tools.join(' '), tools])).values()]
}

/** age itself says which public key a private one belongs to. */
function keyProbes(config: Config, { encrypt }: Backup): readonly Probe[] {
  const identity = encrypt?.identity
  if (identity === undefined) return []
  const secrets = referenced([identity], knownSecrets(config))
  return [
    {
      id: 'key',
      fragment: `command -v age-keygen >/dev/null 2>&1 || sw_problem tool age-keygen
(umask 077; printf '%s\\n' ${shellValue(identity, secrets)} >"$sw_tmp/identity")
age-keygen -y "$sw_tmp/identity" 2>"$sw_tmp/said" || sw_problem key "$(tail -c 300 "$sw_tmp/said" | grep -v AGE-SECRET-KEY || :)"`,
      secrets,
    },
  ]
}

/** `output`: of the machine that drills; `live`: of each host with a database, by host. */
export function drillFindings(
  config: Config,
  output: string,
  live: ReadonlyMap<string, string>,
): readonly Problem[] {
  const { backup } = config
  if (!backup) return []
  const host = drillHost(config)?.name ?? here
  const wants = toolsOf(config, backup)
  const found = answerOf('drill-tools', output)
  const missing = missingTools(found)
  const tools = wants.filter(([tool = '']) => missing.includes(tool))
  return [
    ...(found.ok || wants.length === 0 ? [] : [unanswered(host, 'drill', found)]),
    ...tools.map(([tool = '']) =>
      databaseProblem(
        { key: 'tool', args: [tool] },
        { store: tool.startsWith('age') ? 'backup.encrypt.identity' : 'drill', host },
      ),
    ),
    ...(isWanted(backup) ? withoutServer(config, backup) : []),
    ...(isWanted(backup) ? drillServers(config, backup) : []).flatMap(server =>
      serverFindings(backup, host, server, missing, output, live.get(server.store.host.name)),
    ),
    ...keyFindings(backup, host, answerOf('key', output)),
  ]
}

function withoutServer(config: Config, { drill }: Backup): readonly Problem[] {
  return databaseStores(config)
    .filter(({ name, access }) => access.kind !== 'sqlite' && drill.servers[name] === undefined)
    .map(({ name }) => noServer(name))
}

function serverFindings(
  backup: Backup,
  host: string,
  { store, access }: DrillServer,
  missing: readonly string[],
  output: string,
  live: string | undefined,
): readonly Problem[] {
  const { name } = store
  const is = answerOf(`drill-is/${name}`, output)
  if (!is.ok) return unreachable(host, store, access, missing, is)
  const may = answerOf(`drill-may/${name}`, output)
  const creates = may.ok && Number(may.lines[0]) > 0
  return [
    ...(creates ? [] : [mayNotCreate(host, name, access)]),
    ...(backup.drill.sameServer || live === undefined
      ? []
      : production(name, host, is, answerOf(`live-is/${name}`, live))),
  ]
}

function unreachable(
  host: string,
  { name }: DatabaseStore,
  access: DrillServer['access'],
  missing: readonly string[],
  answer: Exclude<Answer, { ok: true }>,
): readonly Problem[] {
  if (answer.report.key === 'tool' && engineFor(access).tools.some(([tool = '']) => missing.includes(tool)))
    return []
  const { why } = databaseProblem(answer.report, { store: name, host })
  return [
    {
      code: 'STW-B600',
      what: text(
        `The server for drills of ${name} cannot be reached from ${host}`,
        `Der Server für Übungen von ${name} ist von ${host} aus nicht erreichbar`,
      ),
      where: { host },
      ...(why === undefined ? {} : { why }),
      next: [
        text(
          `See address, port, user and password of backup.drill.servers.${name}, and whether the server runs`,
          `Adresse, Port, Rolle und Passwort von backup.drill.servers.${name} prüfen, und ob der Server läuft`,
        ),
      ],
    },
  ]
}

function mayNotCreate(host: string, store: string, access: DrillServer['access']): Problem {
  const role = access.user ?? 'drill'
  const grant =
    access.kind === 'postgres'
      ? `ALTER ROLE "${role}" CREATEDB`
      : `GRANT ALL ON \`stw\\_drill\\_%\`.* TO '${role}'@'%'`
  return {
    code: 'STW-B601',
    what: text(
      `The role for drills of ${store} may not create databases`,
      `Die Rolle für Übungen von ${store} darf keine Datenbanken anlegen`,
    ),
    where: { host },
    why: text(
      `backup.drill.servers.${store} signs in as "${role}"`,
      `backup.drill.servers.${store} meldet sich als „${role}“ an`,
    ),
    next: [same(grant)],
  }
}

function serverOf(answer: Answer): string {
  const line = answer.ok ? (answer.lines[0] ?? '') : ''
  return line.slice(0, Math.max(line.lastIndexOf('/'), 0))
}

/** A live server that cannot be asked is a finding of its own already. */
function production(store: string, host: string, drill: Answer, live: Answer): readonly Problem[] {
  const [one, other] = [serverOf(drill), serverOf(live)]
  if (one === '' || other === '' || one !== other) return []
  return [
    {
      code: 'STW-B602',
      what: text(
        `The drill of ${store} would work on the server of production`,
        `Die Übung von ${store} würde auf dem Server der Produktion arbeiten`,
      ),
      where: { host },
      why: text(
        `backup.drill.servers.${store} and databases.${store} lead to the same server`,
        `backup.drill.servers.${store} und databases.${store} führen zum selben Server`,
      ),
      next: [
        text(
          `Name another server in backup.drill.servers.${store}, or allow it with backup.drill.sameServer: true`,
          `In backup.drill.servers.${store} einen anderen Server nennen, oder es mit backup.drill.sameServer: true erlauben`,
        ),
      ],
    },
  ]
}

function keyFindings({ encrypt }: Backup, host: string, answer: Answer): readonly Problem[] {
  if (!encrypt) return []
  if (encrypt.identity === undefined)
    return [
      {
        code: 'STW-B603',
        what: text(
          'Sets are encrypted, and nobody here has the key',
          'Sätze werden verschlüsselt, und niemand hier hat den Schlüssel',
        ),
        why: text(
          'without backup.encrypt.identity neither a drill nor a restore can read them',
          'ohne backup.encrypt.identity kann weder eine Übung noch eine Wiederherstellung sie lesen',
        ),
        next: [same('stellwerk explain backup.encrypt.identity')],
      },
    ]
  if (!answer.ok) {
    // Told with the tools.
    if (answer.report.key === 'tool') return []
    if (answer.report.key !== 'key') return [unanswered(host, 'backup.encrypt.identity', answer)]
    const said = answer.report.args[0] ?? ''
    return [wrongKey(text(said, said))]
  }
  const fits = answer.lines.some(line => encrypt.recipients.includes(line.trim()))
  return fits
    ? []
    : [
        wrongKey(
          text(
            `its public key is ${answer.lines.join(', ')}, which is not among backup.encrypt.recipients`,
            `sein öffentlicher Schlüssel ist ${answer.lines.join(', ')}, der nicht unter backup.encrypt.recipients steht`,
          ),
        ),
      ]
}

function wrongKey(why: Problem['why']): Problem {
  return {
    code: 'STW-B604',
    what: text(
      'The private key of backup.encrypt.identity opens no set',
      'Der private Schlüssel von backup.encrypt.identity öffnet keinen Satz',
    ),
    ...(why ? { why } : {}),
    next: [
      text(
        'Set the secret to the key of a recipient, or add its public key to backup.encrypt.recipients',
        'Das Geheimnis auf den Schlüssel eines Empfängers setzen, oder dessen öffentlichen Schlüssel in backup.encrypt.recipients aufnehmen',
      ),
    ],
  }
}

/** Where nothing lies yet there is nothing to be too old. */
export function ageFindings(config: Config, sets: readonly StoredSet[], now: Date): readonly Problem[] {
  const { backup } = config
  if (!backup || sets.length === 0) return []
  const times = sets
    .filter(({ state }) => state === 'verified' || state === 'drilled')
    .map(({ manifest }) => Date.parse(manifest.createdAt))
    .filter(time => !Number.isNaN(time))
  const age = times.length === 0 ? undefined : now.getTime() - Math.max(...times)
  if (age !== undefined && age <= backup.maxAge) return []
  const goal = formatDuration(backup.maxAge)
  return [
    {
      code: 'STW-B605',
      what:
        age === undefined
          ? text('No set counts: none is verified', 'Kein Satz zählt: keiner ist verifiziert')
          : text(
              `The newest verified set is ${formatDuration(age)} old`,
              `Der neueste verifizierte Satz ist ${formatDuration(age)} alt`,
            ),
      why: text(`backup.maxAge is ${goal}`, `backup.maxAge ist ${goal}`),
      next: [
        same(`stellwerk backup ${config.environment.name}`),
        same(`stellwerk backup check ${config.environment.name}`),
      ],
    },
  ]
}
