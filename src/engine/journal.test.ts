import { expect, test } from 'vitest'
import { foldJournal, parseJournal } from './journal.ts'

const intent = '{"v":1,"at":"2026-11-21T02:15:00Z","token":3,"type":"intent","step":"switch/web1/link"}'
const outcome =
  '{"v":1,"at":"2026-11-21T02:15:01Z","token":3,"type":"outcome","step":"switch/web1/link","status":"done","code":0,"data":{"pid":"44"}}'

test('a step is what its last record says', () => {
  const state = foldJournal(parseJournal(`${intent}\n${outcome}\n`))

  expect(state.steps.get('switch/web1/link')).toBe('done')
  expect(state.data.get('switch/web1/link')).toEqual({ pid: '44' })
  expect(state.ended).toBeUndefined()
})

test('an intent alone stays an intent', () => {
  expect(foldJournal(parseJournal(intent)).steps.get('switch/web1/link')).toBe('intent')
})

test.each([
  ['torn at the end', `${intent}\n${outcome.slice(0, 60)}`],
  ['torn, and the next record behind it on the same line', `${outcome.slice(0, 60)}${intent}\n`],
  ['rubbish before', `\0\0\0\n${intent}\n`],
])('a line %s is skipped, and nothing else', (_name, content) => {
  expect([...foldJournal(parseJournal(content)).steps]).toEqual([['switch/web1/link', 'intent']])
})

test('undo records and the end are read', () => {
  const lines = [
    intent,
    outcome,
    '{"v":1,"at":"x","token":4,"type":"undo-intent","step":"switch/web1/link"}',
    '{"v":1,"at":"x","token":4,"type":"undo-outcome","step":"switch/web1/link","status":"done","code":0,"data":{}}',
    '{"v":1,"at":"x","token":4,"type":"end","status":"undone"}',
  ]

  expect(foldJournal(parseJournal(lines.slice(0, 3).join('\n'))).steps.get('switch/web1/link')).toBe(
    'undo-intent',
  )
  expect(foldJournal(parseJournal(lines.join('\n')))).toMatchObject({ ended: 'undone' })
})
