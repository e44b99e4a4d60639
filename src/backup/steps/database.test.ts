import { describe, expect, it } from 'vitest'
import { databaseKind } from './database.ts'
import { filesKind } from './files.ts'

const ofDatabase = (data: Readonly<Record<string, string>>) =>
  databaseKind.observe?.(undefined as never, data)
const ofFiles = (data: Readonly<Record<string, string>>) => filesKind.observe?.(undefined as never, data)
const plain = (shown: string | undefined) => shown?.replaceAll('\u00a0', ' ')
const dumped = { tables: '12', rows: '48211', bytes: '3200000', exact: 'yes' }

describe('what was dumped of a database', () => {
  it('is told in numbers', () => {
    expect(plain(ofDatabase(dumped)?.en)).toBe('12 tables, 48 211 rows, 3.2 MB')
    expect(plain(ofDatabase(dumped)?.de)).toBe('12 Tabellen, 48 211 Zeilen, 3.2 MB')
  })

  it.each([
    [{ exact: 'no' }, 'counted beside the snapshot of the dump'],
    [{ 'lock-ms': '40' }, 'writes waited 40 ms'],
    [{ orphans: '1' }, '1 row breaks a foreign key'],
    [{ orphans: 'unknown' }, 'foreign keys could not be checked'],
    // Nothing was said about it, so nothing is known.
    [{ exact: '' }, 'counted beside the snapshot of the dump'],
  ])('tells of %o', (more, words) => {
    expect(plain(ofDatabase({ ...dumped, ...more })?.en)).toContain(words)
  })

  it('is nothing for a set that was not needed', () => {
    expect(ofDatabase({ skipped: 'yes' })?.en).toBe('nothing is pending, no set is needed')
  })
})

describe('what was packed of a store of files', () => {
  it('is told in numbers', () => {
    expect(plain(ofFiles({ files: '1204', bytes: '12000000' })?.en)).toBe('1 204 files, 12.0 MB')
    expect(plain(ofFiles({ files: '1', bytes: '10' })?.de)).toBe('1 Datei, 10 B')
  })

  it('says how many files did not stand still', () => {
    expect(ofFiles({ files: '20', bytes: '10', changed: '3' })?.en).toBe(
      '20 files, 10 B, 3 of them changed while they were read',
    )
    expect(ofFiles({ files: '20', bytes: '10', changed: '0' })?.en).toBe('20 files, 10 B')
  })
})
