// The part of doctor that is about backups, on a host that holds something to save: could a set be made there right now?
import { filesProblem } from '../backup/files.ts'
import { livePath } from '../backup/files-store.ts'
import type { Manifest } from '../backup/set.ts'
import { backupDirectory } from '../backup/spool.ts'
import type { Config, HostConfig } from '../config/config.ts'
import type { Backup } from '../config/schema/backup.ts'
import { formatBytes } from '../core/bytes.ts'
import { type Text, text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { quote } from '../core/shell.ts'
import { referenced } from '../core/shell-value.ts'
import { secretValues } from '../databases/access.ts'
import { engineFor } from '../databases/engines.ts'
import { databaseProblem } from '../databases/problems.ts'
import { packingTools } from '../databases/stream.ts'
import { type Answer, answerOf, type Probe } from '../engine/host-probes.ts'
import { expectedBytes } from './backup-steps.ts'
import { type DatabaseStore, databaseStores, type FilesStore, filesOfAnyClass, packingOf } from './stores.ts'

interface HostStores {
  readonly databases: readonly DatabaseStore[]
  readonly files: readonly FilesStore[]
}

/** What a host has to save; nothing without a section backup. */
function storesOn(config: Config, host: HostConfig): HostStores {
  if (!config.backup) return { databases: [], files: [] }
  const here = (store: { readonly host: HostConfig }) => store.host.name === host.name
  return {
    databases: databaseStores(config).filter(here),
    files: filesOfAnyClass(config).filter(here),
  }
}

export function hostProbes(config: Config, host: HostConfig): readonly Probe[] {
  const { databases, files } = storesOn(config, host)
  if (databases.length + files.length === 0) return []
  const directory = backupDirectory(host.root, config.backup?.directory)
  return [
    { id: 'tools', fragment: toolsText(toolsFor(config, { databases, files })), secrets: [] },
    { id: 'directory', fragment: directoryText(directory), secrets: [] },
    ...databases.map(({ name, access }) => ({
      id: `ready/${name}`,
      fragment: engineFor(access).ready(access),
      secrets: referenced(secretValues(access), access.known),
    })),
    ...files.map(({ name, files: { paths } }) => ({
      id: `files/${name}`,
      fragment: filesText(paths.map(path => livePath(host, path))),
      secrets: [],
    })),
  ]
}

/** `newest`: of the newest set anywhere, which tells how much room the next one takes. */
export function hostFindings(
  config: Config,
  host: HostConfig,
  output: string,
  newest: Manifest | undefined,
): readonly Problem[] {
  const { backup } = config
  const stores = storesOn(config, host)
  if (!backup || stores.databases.length + stores.files.length === 0) return []
  const tools = answerOf('tools', output)
  const missing = missingTools(tools)
  return [
    ...(tools.ok ? [] : [unanswered(host.name, 'tools', tools)]),
    ...toolFindings(config, host, stores, missing),
    ...directoryFindings(backup, host, answerOf('directory', output), newest),
    ...stores.databases.flatMap(store =>
      databaseFindings(store, missing, answerOf(`ready/${store.name}`, output)),
    ),
    ...stores.files.flatMap(store => fileFindings(store, answerOf(`files/${store.name}`, output))),
  ]
}

interface Need {
  /** Any one of them will do. */
  readonly tools: readonly string[]
  readonly store: string
}

function toolsFor(config: Config, { databases, files }: HostStores): readonly Need[] {
  const all = [
    ...databases.flatMap(({ name, access }) =>
      engineFor(access).tools.map((tools): Need => ({ tools, store: name })),
    ),
    ...files.flatMap(({ name }) =>
      ['tar', 'find', 'xargs'].map((tool): Need => ({ tools: [tool], store: name })),
    ),
    ...packingTools(packingOf(config)).map(
      (tool): Need => ({ tools: [tool], store: [...databases, ...files].map(({ name }) => name).join(', ') }),
    ),
  ]
  return [...new Map(all.map(need => [need.tools.join(' '), need])).values()]
}

/** Prints the first of each that is needed and not there. */
export function toolsText(needs: readonly Pick<Need, 'tools'>[]): string {
  return needs
    .map(
      ({ tools }) =>
        `${tools.map(tool => `command -v ${quote(tool)} >/dev/null 2>&1`).join(' || ')} || echo ${quote(tools[0] ?? '')}\n`,
    )
    .join('')
}

export function missingTools(answer: Answer): readonly string[] {
  return answer.ok ? answer.lines : []
}

function toolFindings(
  config: Config,
  host: HostConfig,
  stores: HostStores,
  missing: readonly string[],
): readonly Problem[] {
  return toolsFor(config, stores)
    .filter(({ tools }) => missing.includes(tools[0] ?? ''))
    .map(({ tools, store }) =>
      databaseProblem({ key: 'tool', args: [tools[0] ?? ''] }, { store, host: host.name }),
    )
}

// Looks without making it: where a directory is missing, the nearest one above is asked.
function directoryText(directory: string): string {
  return `sw_d=${quote(directory)}
sw_p=$sw_d
while [ ! -d "$sw_p" ]; do sw_p=\${sw_p%/*}; [ -n "$sw_p" ] || sw_p=/; done
if sw_t=$(mktemp -d "$sw_p/.stellwerk-doctor.XXXXXX" 2>/dev/null); then rmdir "$sw_t"; else echo "unwritable $sw_p"; fi
[ "$sw_p" != "$sw_d" ] || case $(stat -c %a "$sw_d") in *0) ;; *) echo "open $(stat -c %a "$sw_d")" ;; esac
echo "free $(df -Pk "$sw_p" | awk 'NR == 2 { print $4 }')"`
}

function directoryFindings(
  backup: Backup,
  host: HostConfig,
  answer: Answer,
  newest: Manifest | undefined,
): readonly Problem[] {
  const directory = backupDirectory(host.root, backup.directory)
  const where = { host: host.name }
  if (!answer.ok) return [unanswered(host.name, directory, answer)]
  const values = (key: string) =>
    answer.lines.filter(line => line.startsWith(`${key} `)).map(line => line.slice(key.length + 1))
  const makes = `sudo install -d -m 700 -o "$USER" ${directory}`
  const closes = `sudo chmod 700 ${directory}`
  return [
    ...values('unwritable').map(path => ({
      code: 'STW-B590',
      what: text(
        `No dump can be written below ${directory} on ${host.name}`,
        `Unter ${directory} auf ${host.name} lässt sich kein Dump schreiben`,
      ),
      where,
      why: text(`${path} is not writable`, `${path} ist nicht beschreibbar`),
      next: [same(makes)],
    })),
    ...values('open').map(mode => ({
      code: 'STW-B591',
      what: text(
        `${directory} on ${host.name} is open to every user`,
        `${directory} auf ${host.name} steht jedem Benutzer offen`,
      ),
      where,
      why: text(
        `its mode is ${mode}; dumps hold all that the database holds`,
        `sein Modus ist ${mode}; Dumps enthalten alles, was die Datenbank enthält`,
      ),
      next: [same(closes)],
    })),
    ...roomFindings(backup, host, values('free')[0], newest),
  ]
}

/** As much as backup.open asks for. */
function roomFindings(
  backup: Backup,
  host: HostConfig,
  freeKiB: string | undefined,
  newest: Manifest | undefined,
): readonly Problem[] {
  const directory = backupDirectory(host.root, backup.directory)
  const needed = backup.reserve + Math.ceil((expectedBytes(newest).get(host.name) ?? 0) * 1.5)
  const known = freeKiB !== undefined && /^\d+$/.test(freeKiB)
  const free = known ? Number(freeKiB) * 1024 : 0
  if (known && free >= needed) return []
  const look = `du -xh ${directory} | sort -h | tail`
  return [
    {
      code: 'STW-B592',
      what: text(
        `There is not enough room on ${host.name} for the next set`,
        `Auf ${host.name} ist nicht genug Platz für den nächsten Satz`,
      ),
      where: { host: host.name },
      why: text(
        `${formatBytes(needed)} needed below ${directory}, ${known ? formatBytes(free) : '?'} free`,
        `${formatBytes(needed)} nötig unter ${directory}, ${known ? formatBytes(free) : '?'} frei`,
      ),
      next: [same(look)],
    },
  ]
}

/** A tool that is missing was told already. */
function databaseFindings(
  { name, host, access }: DatabaseStore,
  missing: readonly string[],
  answer: Answer,
): readonly Problem[] {
  if (answer.ok) return []
  if (answer.report.key === 'tool' && engineFor(access).tools.some(([tool = '']) => missing.includes(tool)))
    return []
  const problem = databaseProblem(answer.report, { store: name, host: host.name })
  const { next = [] } = problem
  const file = access.kind === 'sqlite' ? access.file : ''
  return [
    next.length > 0
      ? problem
      : {
          ...problem,
          next: [file === '' ? same(`stellwerk explain databases.${name}`) : same(`ls -l ${file}`)],
        },
  ]
}

// A link that leads nowhere does not exist either: what it stood for would be missing from every set.
function filesText(paths: readonly string[]): string {
  return paths
    .map(
      path =>
        `if [ ! -e ${quote(path)} ]; then echo ${quote(`missing ${path}`)}; elif [ ! -r ${quote(path)} ]; then echo ${quote(`closed ${path}`)}; fi\n`,
    )
    .join('')
}

function fileFindings({ name, host }: FilesStore, answer: Answer): readonly Problem[] {
  if (!answer.ok) return [unanswered(host.name, name, answer)]
  return answer.lines.map(line => {
    const [kind = '', ...words] = line.split(' ')
    const path = words.join(' ')
    if (kind === 'missing')
      return filesProblem({ key: 'missing', args: [path] }, { store: name, host: host.name })
    const gives = `sudo setfacl -m u:"$USER":rX ${path}`
    return {
      code: 'STW-B593',
      what: text(
        `"${path}" of the store "${name}" may not be read on ${host.name}`,
        `„${path}“ des Ablageorts „${name}“ darf auf ${host.name} nicht gelesen werden`,
      ),
      where: { host: host.name },
      next: [same(gives)],
    }
  })
}

/** Nobody knows, so nobody may rely on it. */
export function unanswered(host: string, about: string, { report }: Exclude<Answer, { ok: true }>): Problem {
  const said = report.args.at(-1) ?? report.key
  return {
    code: 'STW-B594',
    what: text(
      `What was asked about ${about} on ${host} has no answer`,
      `Die Frage nach ${about} auf ${host} blieb ohne Antwort`,
    ),
    where: { host },
    why: text(said, said),
    next: [text(`Try again, and look on ${host}`, `Erneut versuchen und auf ${host} nachsehen`)],
  }
}

export function same(command: string): Text {
  return text(command, command)
}
