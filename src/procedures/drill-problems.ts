// What keeps a drill from being begun. An old set, one that nobody verified, a key that is missing: each of them is a red drill.
import { ageOf } from '../backup/drill-record.ts'
import { unboundText } from '../backup/set.ts'
import { parseExpectation } from '../backup/steps/drill/expectation.ts'
import type { Config } from '../config/config.ts'
import type { Backup } from '../config/schema/backup.ts'
import { formatDuration } from '../core/duration.ts'
import { text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import type { ServerAccess } from '../databases/access.ts'
import type { DrillInput } from './drill.ts'
import type { DrillStores } from './drill-steps.ts'
import { databaseStores } from './stores.ts'

export function drillProblems(input: DrillInput, backup: Backup, stores: DrillStores): readonly Problem[] {
  return [
    ...tooOld(input, backup),
    ...notVerified(input),
    ...noIdentity(input, backup),
    ...stores.withoutServer.map(noServer),
    ...production(input, backup, stores),
    ...unknownLive(input, backup, stores),
    ...queryProblems(input, backup),
  ]
}

function tooOld({ set, now, config, destination }: DrillInput, backup: Backup): readonly Problem[] {
  const age = ageOf(set, now)
  if (age !== null && age <= backup.maxAge) return []
  const goal = formatDuration(backup.maxAge)
  return [
    {
      code: 'STW-B400',
      what: text(
        `The newest set at ${destination}, ${set.id}, is too old`,
        `Der neueste Satz bei ${destination}, ${set.id}, ist zu alt`,
      ),
      why:
        age === null
          ? text(
              `its age cannot be told from "${set.manifest.createdAt}"`,
              `sein Alter lässt sich aus „${set.manifest.createdAt}“ nicht ablesen`,
            )
          : text(
              `it is ${formatDuration(age)} old, backup.maxAge is ${goal}: whatever was written since would be lost`,
              `er ist ${formatDuration(age)} alt, backup.maxAge ist ${goal}: was seitdem geschrieben wurde, wäre verloren`,
            ),
      next: [
        text(`stellwerk backup ${config.environment.name}`, `stellwerk backup ${config.environment.name}`),
      ],
    },
  ]
}

function notVerified({ set, config }: DrillInput): readonly Problem[] {
  if (set.verified && (set.state === 'verified' || set.state === 'drilled')) return []
  return [
    {
      code: 'STW-B401',
      what:
        set.state === 'suspect'
          ? text(`Set ${set.id} does not look right`, `Der Satz ${set.id} sieht nicht richtig aus`)
          : text(`Set ${set.id} was never verified`, `Der Satz ${set.id} wurde nie verifiziert`),
      why:
        unboundText(set) ??
        text(
          'a drill proves a set that would be restored, and this one would not',
          'eine Übung beweist einen Satz, der wiederhergestellt würde, und dieser würde es nicht',
        ),
      next: [
        text(`stellwerk backup ${config.environment.name}`, `stellwerk backup ${config.environment.name}`),
      ],
    },
  ]
}

function noIdentity({ set }: DrillInput, backup: Backup): readonly Problem[] {
  if (backup.encrypt?.identity !== undefined) return []
  if (!set.manifest.parts.some(part => part.encrypted)) return []
  return [
    {
      code: 'STW-B402',
      what: text(
        `Set ${set.id} is encrypted, and nobody here has the key`,
        `Der Satz ${set.id} ist verschlüsselt, und niemand hier hat den Schlüssel`,
      ),
      why: text('backup.encrypt.identity is missing', 'backup.encrypt.identity fehlt'),
      next: [text('stellwerk explain backup.encrypt.identity', 'stellwerk explain backup.encrypt.identity')],
    },
  ]
}

export function noServer(store: string): Problem {
  return {
    code: 'STW-B403',
    what: text(
      `There is no server to restore ${store} on`,
      `Es gibt keinen Server, auf dem sich ${store} wiederherstellen lässt`,
    ),
    why: text(
      `backup.drill.servers.${store} is missing; a part that is skipped proves nothing`,
      `backup.drill.servers.${store} fehlt; ein Teil, der ausgelassen wird, beweist nichts`,
    ),
    next: [text('stellwerk explain backup.drill.servers', 'stellwerk explain backup.drill.servers')],
  }
}

/** What can be told without asking: the same address seen from the same machine, or a live database under a scratch name. */
function production(input: DrillInput, backup: Backup, stores: DrillStores): readonly Problem[] {
  const { config, host } = input
  const live = databaseStores(config)
  return stores.databases.flatMap(({ store, access, target }) => {
    if (access.kind === 'sqlite') return []
    const met = live.find(one => {
      if (one.access.kind !== access.kind || !isSameServer(one.access, access)) return false
      const sameEyes = one.host.address === host?.address || !isLocal(access)
      return sameEyes && (!backup.drill.sameServer || one.access.database === target)
    })
    const named = live.find(({ access: one }) => one.kind !== 'sqlite' && one.database.startsWith('stw_'))
    const offender = met ?? named
    return offender ? [isProduction(store, offender.name)] : []
  })
}

/** As one machine sees them: a socket, localhost, 127.0.0.1 and ::1 are ways to one server. Two sockets are two servers. */
export function isSameServer(a: ServerAccess, b: ServerAccess): boolean {
  const usual = a.kind === 'postgres' ? 5432 : 3306
  const samePort = (a.port ?? usual) === (b.port ?? usual)
  if (a.socket !== undefined && b.socket !== undefined)
    return trimmed(a.socket) === trimmed(b.socket) && (a.kind === 'mysql' || samePort)
  if (isLocal(a) && isLocal(b)) return samePort
  return !isLocal(a) && !isLocal(b) && trimmed(a.address) === trimmed(b.address) && samePort
}

function isLocal({ socket, address }: ServerAccess): boolean {
  return socket !== undefined || isLoopback(address)
}

function isLoopback(address: string): boolean {
  const bare = trimmed(address).replace(/^\[(.*)\]$/, '$1')
  return bare === 'localhost' || bare.startsWith('127.') || bare === '::1' || bare === '::ffff:127.0.0.1'
}

/** Names of machines know no case, and neither a dot nor a slash at the end says anything. */
function trimmed(name: string): string {
  return name.startsWith('/') ? name.replace(/\/+$/, '') : name.toLowerCase().replace(/\.$/, '')
}

/** The live servers that say who they are, and whether all did: one that does not answer could be the very server. */
function unknownLive({ live }: DrillInput, backup: Backup, stores: DrillStores): readonly Problem[] {
  if (backup.drill.sameServer || stores.databases.every(({ access }) => access.kind === 'sqlite')) return []
  return live.flatMap(one => ('problem' in one ? [silent(one.store, one.problem)] : []))
}

function silent(live: string, { what, why }: Problem): Problem {
  return {
    code: 'STW-B410',
    what: text(
      `databases.${live} does not say which server it is on, so nobody can tell it from the drill's`,
      `databases.${live} sagt nicht, auf welchem Server sie liegt, also kann sie niemand von der der Übung unterscheiden`,
    ),
    why: text(why ? `${what.en}: ${why.en}` : what.en, why ? `${what.de}: ${why.de}` : what.de),
    next: [
      text(
        'Drill when it answers, or allow its own server with backup.drill.sameServer: true',
        'Üben, wenn sie antwortet, oder den eigenen Server mit backup.drill.sameServer: true erlauben',
      ),
    ],
  }
}

function isProduction(store: string, live: string): Problem {
  return {
    code: 'STW-B404',
    what: text(
      `The drill of ${store} would work on production: databases.${live}`,
      `Die Übung von ${store} würde auf der Produktion arbeiten: databases.${live}`,
    ),
    why: text(
      'it is the same server, or a live database has a name that drills use and remove (stw_…)',
      'es ist derselbe Server, oder eine Datenbank im Betrieb hat einen Namen, den Übungen verwenden und löschen (stw_…)',
    ),
    next: [
      text(
        `Name another server in backup.drill.servers.${store}, or allow its own with backup.drill.sameServer: true`,
        `In backup.drill.servers.${store} einen anderen Server nennen, oder den eigenen mit backup.drill.sameServer: true erlauben`,
      ),
    ],
  }
}

function queryProblems({ set }: DrillInput, { drill }: Backup): readonly Problem[] {
  const databases = new Set(
    set.manifest.parts.filter(part => part.kind !== 'files').map(({ store }) => store),
  )
  return Object.entries(drill.queries).flatMap(([store, questions]) => [
    ...(databases.has(store) || questions.length === 0 ? [] : [notInSet(set.id, store)]),
    ...questions
      .filter(({ expect }) => parseExpectation(expect) === undefined)
      .map(({ expect }) => badExpectation(store, expect)),
  ])
}

function notInSet(set: string, store: string): Problem {
  return {
    code: 'STW-B405',
    what: text(
      `Set ${set} holds no database "${store}" that could be asked`,
      `Der Satz ${set} enthält keine Datenbank „${store}“, die sich fragen ließe`,
    ),
    why: text(`backup.drill.queries.${store} asks it`, `backup.drill.queries.${store} fragt sie`),
  }
}

function badExpectation(store: string, expect: string): Problem {
  return {
    code: 'STW-B406',
    what: text(`"${expect}" is nothing to expect`, `„${expect}“ lässt sich nicht erwarten`),
    why: text(
      `backup.drill.queries.${store} needs a value, or a comparison with a number such as ">= 1"`,
      `backup.drill.queries.${store} braucht einen Wert oder einen Vergleich mit einer Zahl wie ">= 1"`,
    ),
  }
}

/** There is no set at all to try: said by the command, which looked for one. */
export function noSetToDrill(config: Config, destination: string): Problem {
  return {
    code: 'STW-B407',
    what: text(
      `There is no verified set at ${destination}`,
      `Bei ${destination} liegt kein verifizierter Satz`,
    ),
    next: [
      text(`stellwerk backup ${config.environment.name}`, `stellwerk backup ${config.environment.name}`),
      text(
        `stellwerk backup list ${config.environment.name}`,
        `stellwerk backup list ${config.environment.name}`,
      ),
    ],
  }
}
