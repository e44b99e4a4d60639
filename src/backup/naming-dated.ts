// `<class>/backup-db-<YYYYMMDD_HHMMSS>.sql.gz` and its like, flat in the directory of the class, in UTC: for a place that other
// tools and people know by these names. The time is all that tells sets apart, so ids end in "-0000".
import { createHash } from 'node:crypto'
import type { NamingProps } from './names.ts'
import type { Document, Naming, PartName } from './naming.ts'
import { isSetId } from './set.ts'

const kinds: Readonly<Record<PartName['of'], string>> = { db: 'db', files: 'app' }

const documents: Readonly<Record<Document, (time: string) => string>> = {
  'manifest.json': time => `backup-manifest-${time}.json`,
  SHA256SUMS: time => `backup-${time}.sha256`,
  'RESTORE.md': time => `backup-restore-${time}.md`,
  'verified.json': time => `backup-verified-${time}.json`,
  'drilled.json': time => `backup-drilled-${time}.json`,
  'accepted.json': time => `backup-accepted-${time}.json`,
}

export function datedNaming({ app, environment, alone = [] }: NamingProps): Naming {
  const owner = createHash('sha256').update(`${app}/${environment}`).digest('hex').slice(0, 8)
  const claimFile = (id: string) => `backup-claim-${owner}-${timeOf(id)}.txt`
  const documentFile = (id: string, document: Document) => documents[document](timeOf(id))
  return {
    owner: { app, environment },
    top: '',
    classDirectory: setClass => setClass,
    partFile: (id, { of, store, ending }) =>
      `backup-${kinds[of]}${alone.includes(of) ? '' : `-${store}`}-${timeOf(id)}.${ending}`,
    path: (setClass, _, file) => `${setClass}/${file}`,
    documentFile,
    sumFile: file => `${file}.sha256`,
    setsIn: entries => {
      const sets = new Map<string, string[]>()
      for (const { name, kind } of entries) {
        const id = kind === 'file' ? idOf(name, claimFile) : undefined
        if (id === undefined) continue
        sets.set(id, [...(sets.get(id) ?? []), name])
      }
      return sets
    },
    claim: {
      fileOf: claimFile,
      touches: (id, file) => file.includes(timeOf(id)),
    },
    pathsOf: (setClass, id, files) => {
      const manifest = documentFile(id, 'manifest.json')
      const rest = files.filter(file => file !== manifest).toSorted()
      return [manifest, ...rest].map(file => `${setClass}/${file}`)
    },
  }
}

/** `20261025T000000Z-0000` as `20261025_000000`. */
function timeOf(id: string): string {
  if (!isSetId(id) || !id.endsWith('-0000')) throw new Error(`a dated set cannot be called ${id}`)
  return `${id.slice(0, 8)}_${id.slice(9, 15)}`
}

/** The set that a file belongs to; undefined when it is none of ours. */
function idOf(file: string, claimFile: (id: string) => string): string | undefined {
  const time = /(\d{8}_\d{6})\./.exec(file)?.[1]
  if (time === undefined) return undefined
  const id = `${time.replace('_', 'T')}Z-0000`
  if (!isSetId(id)) return undefined
  const isDocument = Object.values(documents).some(named => named(time) === file)
  return isDocument || part.test(file) || file === claimFile(id) ? id : undefined
}

const part = /^backup-(db|app)(-[a-z][a-z0-9-]*)?-\d{8}_\d{6}(\.[A-Za-z0-9]+)+$/
