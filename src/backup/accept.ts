// A person looks at a set that does not fit its history, and says that it is right. From then on it counts as its proofs say, and the
// sets that come are compared with it.
import { text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import type { Catalogue } from './catalogue.ts'
import type { Destination } from './destination.ts'
import type { Naming } from './naming.ts'
import { type Accepted, holdsRaw, isPartial, type StoredSet } from './set.ts'

/** Rejects with ProblemError when the destination does not take it. */
export async function acceptSet(
  destination: Destination,
  naming: Naming,
  set: Pick<StoredSet, 'class' | 'id'>,
  accepted: Accepted,
): Promise<void> {
  const file = naming.documentFile(set.id, 'accepted.json')
  await destination.writeText(
    naming.path(set.class, set.id, file),
    `${JSON.stringify(accepted, undefined, 2)}\n`,
  )
}

/** The set of that id among what lies at some destinations, each with what makes it acceptable there or not. */
export function acceptable(
  id: string,
  environment: string,
  seen: readonly { readonly name: string; readonly catalogue: Pick<Catalogue, 'sets' | 'broken'> }[],
): {
  readonly found: readonly { readonly destination: string; readonly set: StoredSet }[]
  readonly problems: readonly Problem[]
} {
  const broken = seen.filter(({ catalogue }) => catalogue.broken.some(set => set.id === id))
  const there = seen.flatMap(({ name, catalogue }) => {
    const set = catalogue.sets.find(one => one.id === id)
    return set ? [{ destination: name, set }] : []
  })
  const found = there.filter(({ set }) => set.state === 'suspect')
  const raw = found.find(({ set }) => holdsRaw(set.manifest))
  if (raw) return { found: [], problems: [isEvidence(raw.set)] }
  const partial = found.find(({ set }) => isPartial(set.manifest))
  if (partial) return { found: [], problems: [lacksStores(partial.set)] }
  if (found.length > 0) return { found, problems: [] }
  const [fine] = there
  const [unreadable] = broken
  const problem = fine
    ? nothingToAccept(fine.set, fine.destination)
    : unreadable
      ? isBroken(id, unreadable.name, environment)
      : noSuchSet(
          id,
          seen.map(({ name }) => name),
          environment,
        )
  return { found: [], problems: [problem] }
}

function isEvidence({ id }: StoredSet): Problem {
  return {
    code: 'STW-B632',
    what: text(`Set ${id} cannot be accepted`, `Der Satz ${id} lässt sich nicht annehmen`),
    why: text(
      'it holds the files of a database as they are, as evidence: it is no backup',
      'er enthält die Dateien einer Datenbank, wie sie sind, als Beleg: er ist kein Backup',
    ),
  }
}

function lacksStores({ id, manifest }: StoredSet): Problem {
  const names = (manifest.missing ?? []).map(({ store }) => store).join(', ')
  return {
    code: 'STW-B633',
    what: text(`Set ${id} lacks ${names}`, `Dem Satz ${id} fehlt ${names}`),
    why: text(
      'what could not be saved cannot be accepted; what is there can be restored by its name, with --store',
      'was sich nicht sichern ließ, lässt sich nicht annehmen; was da ist, lässt sich mit --store einzeln wiederherstellen',
    ),
  }
}

function nothingToAccept(set: StoredSet, destination: string): Problem {
  const { accepted } = set
  return {
    code: 'STW-B581',
    what: text(
      `Set ${set.id} at ${destination} is not suspect`,
      `Der Satz ${set.id} bei ${destination} ist nicht verdächtig`,
    ),
    why: accepted
      ? text(
          `${accepted.by} has accepted it: ${accepted.reason}`,
          `${accepted.by} hat ihn angenommen: ${accepted.reason}`,
        )
      : text(
          'only a set that nobody trusts needs a person',
          'nur einem Satz, dem niemand traut, fehlt ein Mensch',
        ),
  }
}

function isBroken(id: string, destination: string, environment: string): Problem {
  return {
    code: 'STW-B582',
    what: text(`Set ${id} at ${destination} is broken`, `Der Satz ${id} bei ${destination} ist defekt`),
    why: text(
      'its manifest is missing or cannot be read, so nobody knows what was to be accepted',
      'sein Manifest fehlt oder ist nicht lesbar, also weiß niemand, was anzunehmen wäre',
    ),
    next: [list(environment)],
  }
}

function noSuchSet(id: string, names: readonly string[], environment: string): Problem {
  return {
    code: 'STW-B580',
    what: text(`There is no set "${id}"`, `Es gibt keinen Satz „${id}“`),
    why: text(`asked: ${names.join(', ')}`, `gefragt: ${names.join(', ')}`),
    next: [list(environment)],
  }
}

function list(environment: string) {
  const command = `stellwerk backup list ${environment}`
  return text(command, command)
}
