import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from './tally.ts'
import { longFiles, resting } from './turns.ts'

test('long files are there, and each has its turn within three days', () => {
  expect(longFiles.filter(file => !existsSync(join(root, file)))).toEqual([])
  expect(new Set(longFiles).size).toBe(longFiles.length)

  const days = [0, 1, 2].map(day => new Date(Date.UTC(2027, 1, 27 + day, 23)))
  const runs = days.map(day => longFiles.filter(file => !resting(day).includes(file)))

  expect(runs.flat().sort()).toEqual(longFiles.toSorted())
  expect(runs.every(files => files.length > 4)).toBe(true)
})
