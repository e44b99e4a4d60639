import { expect, it } from 'vitest'
import { aTable, databaseFacts } from '../../test/helpers/a-set.ts'
import { since, sinceText } from './since.ts'

const saved = databaseFacts({ tables: [aTable('calls', 10), aTable('users', 5), aTable('old', 2)] })

it('names what was written, what is gone and what is new, each with its rows', () => {
  const live = databaseFacts({
    schema: 'b'.repeat(64),
    tables: [aTable('calls', 12), aTable('users', 4), aTable('audit', 7)],
  })

  expect(sinceText(since(saved, live)).en).toBe(
    'audit +7 (new table), calls +2, old -2 (table is gone), users -1; the schema changed',
  )
})

it('says so when as many rows are there', () => {
  expect(sinceText(since(saved, saved)).en).toBe('as many rows as then')
})
