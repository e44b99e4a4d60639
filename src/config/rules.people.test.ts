import { expect, test } from 'vitest'
import { document, load, marked } from '../../test/helpers/config-file.ts'

const read = (more: string) => load(document({ more }), { environment: 'production' })

test('open decisions are no mistake: all of them are kept, each with its place and the line to write', () => {
  const loaded = read(`decisions:
  hosting: { question: Where does it run?, options: [cloud, on-premise] }
  tls: { question: Whose certificate?, answer: ours, by: Anna, on: 2026-03-01 }
  database: { question: Which database? }
`)

  expect(loaded.ok && loaded.value.config.undecided).toMatchObject([
    {
      code: 'STW-C138',
      where: { column: 3 },
      excerpt: { text: '  hosting: { question: Where does it run?, options: [cloud, on-premise] }' },
      what: { en: 'Not decided: Where does it run?' },
      next: [{ en: 'Write it there: answer: cloud, by: <name>, on: <day>' }],
    },
    { code: 'STW-C138', what: { en: 'Not decided: Which database?' } },
  ])
})

const decision = (entry: string) => `decisions: { a: { question: q, ${entry} } }`
const signOff = (entry: string) => `signOffs: { a: { title: t, role: qa, ${entry} } }`

test.each([
  ['an answer that is none of the options', decision('options: [x, y], answer: z, by: A'), 1],
  ['an answer of nobody', decision('answer: z'), 1],
  ['a day that is none', decision('answer: z, by: A, on: 1.3.2026'), 1],
  ['an answer', decision('options: [x, y], answer: y, by: A, on: 2026-03-01'), 0],
  ['an environment that does not exist', signOff('environments: [prod]'), 1],
  ['one that does', signOff('environments: [production]'), 0],
  ['a rule without anything to hold against it', signOff('matcher: 5'), 1],
  ['a rule for a number', signOff('evidence: number, matcher: { max: 50 }'), 0],
  ['a check that does not exist', 'afterCare: [{ id: a, after: 1h, checks: [nothing] }]', 1],
  ['the same name twice', 'afterCare: [{ id: a, after: 1h }, { id: a, after: 2h }]', 1],
  ['a task that is never due', 'afterCare: [{ id: a, every: 1d }]', 1],
  ['both ways to be due', 'afterCare: [{ id: a, after: 1h, every: 1d, until: 7d }]', 1],
  ['a task of every day', 'afterCare: [{ id: a, every: 1d, until: 7d }]', 0],
])('%s', (_, more, count) => {
  expect(marked(read(more))).toHaveLength(count)
})
