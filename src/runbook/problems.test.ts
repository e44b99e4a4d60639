import { expect, test } from 'vitest'
import { heldProblems } from './problems.ts'

test('what to do next is said in the language of the reader', () => {
  const asked = { id: 'look', title: 'Look', role: 'qa', persons: 1, timeout: 1, evidence: 'text' as const }
  const waits = { schema: 'stellwerk.waiting/1' as const, run: 'r', release: 'r1', version: 'v1', by: 'me' }
  const waiting = [{ asked: { ...waits, since: '2026-11-21T08:00:00Z', signOffs: [asked] }, signatures: [] }]

  const [held] = heldProblems({ waiting, unreadable: [], before: [] }, 'live', new Date())

  expect(held?.next?.map(({ de }) => de)).toEqual([
    'stellwerk sign-off live look --evidence "<Text>"',
    'stellwerk sign-off live --reject --reason "<warum>"',
  ])
})
