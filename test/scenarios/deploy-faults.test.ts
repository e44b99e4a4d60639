// Each broken deployment is stopped where it should be, says why, and leaves the old release serving. `npm run bench -- deploy-faults`
// prints the same list as a table. The gate takes every second row, the others the next day; the full run takes all of them.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sample } from '../rigs/crash.ts'
import { type FaultRow, type OpenStage, shortfalls, stages } from '../rigs/deploy-faults.ts'

function ofToday(rows: readonly FaultRow[]): readonly FaultRow[] {
  return sample([...rows.keys()], rows.length / 2).flatMap(index => rows[index] ?? [])
}

describe.each(stages)('on the stage $stage', ({ rows, open }) => {
  let opened: OpenStage
  beforeAll(async () => {
    opened = await open()
  })
  afterAll(() => opened?.[Symbol.asyncDispose]())

  test.each(ofToday(rows))('$id: $incident', async row => {
    const verdict = await opened.attempt(row.id)

    expect(shortfalls(row, verdict), verdict.ended.said.slice(-3000)).toEqual([])
  })
})

test('the list holds at least 40 incidents, each once', () => {
  const ids = stages.flatMap(({ rows }) => rows.map(({ id }) => id))

  expect(ids.length).toBeGreaterThanOrEqual(40)
  expect(new Set(ids).size).toBe(ids.length)
})
