// rollback --with-data: which set takes the databases back to what the target release left behind.
import type { Config, HostConfig } from '../config/config.ts'
import { text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { ReleaseRecord } from '../release/record.ts'
import type { HostFacts } from './facts.ts'

/** The set that was made right before the first migration after `target`; undefined: none that is known. A release that failed or
 *  was rolled back from is not what the data comes from, unless it serves. */
export function setBehind(
  records: readonly ReleaseRecord[],
  current: string | undefined,
  target: string,
): string | undefined {
  if (current === undefined) return undefined
  const [first] = records
    .filter(({ id }) => id > target && id <= current)
    .filter(({ id, state }) => id === current || state === 'proven' || state === 'live')
    .filter(({ backup }) => backup !== undefined)
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
  return first?.backup
}

export interface DataInput {
  readonly config: Config
  readonly hosts: readonly HostConfig[]
  readonly facts: ReadonlyMap<string, HostFacts>
  readonly target: string
}

/** The first host that remembers a set tells: only the host that dumped writes it down. */
export function dataBehind({ config, hosts, facts, target }: DataInput): Result<string> {
  for (const { name } of hosts) {
    const release = facts.get(name)?.release
    const set = release && setBehind(release.releases, release.current, target)
    if (set !== undefined) return ok(set)
  }
  return err(noSet(config, target))
}

/** Whether the release that serves migrated, as far as its record tells. */
export function migrated(facts: ReadonlyMap<string, HostFacts>): boolean {
  return [...facts.values()].some(({ release }) =>
    release.releases.some(({ id, backup }) => id === release.current && backup !== undefined),
  )
}

export function noSet(config: Config, target: string): Problem {
  const env = config.environment.name
  return {
    code: 'STW-B475',
    what: text(
      `No set is known that would take the data back to ${target}`,
      `Kein Satz ist bekannt, der die Daten auf den Stand von ${target} zurückbrächte`,
    ),
    why: text(
      'no release since then was deployed with a backup before its migration, or none of them migrated',
      'kein Release seitdem wurde mit einem Backup vor der Migration ausgerollt, oder keines hat migriert',
    ),
    next: [
      text(`The release alone: stellwerk rollback ${env}`, `Das Release allein: stellwerk rollback ${env}`),
      text(
        `Any other set: stellwerk restore ${env} <set>`,
        `Ein anderer Satz: stellwerk restore ${env} <satz>`,
      ),
    ],
  }
}

/** All of a database's hosts take part, or the release would go back on some and the data on others. */
export function leftOut(hosts: readonly HostConfig[], needed: readonly HostConfig[]): readonly Problem[] {
  return needed
    .filter(({ name }) => !hosts.some(host => host.name === name))
    .map(({ name }) => ({
      code: 'STW-B476',
      what: text(
        `--with-data needs ${name}, which --hosts or --roles leaves out`,
        `--with-data braucht ${name}, das --hosts oder --roles auslässt`,
      ),
      where: { host: name },
    }))
}
