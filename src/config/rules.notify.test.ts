import { expect, test } from 'vitest'
import { validateConfig } from './load.ts'

const base = `version: 1
app: shop
verify: { identity: { waived: nothing to ask } }
environments:
  test: { root: /srv/shop, hosts: { local: local } }
`
const slack = 'https://hooks.slack.com/services/T000/B000/abcdef'

function problems(notify: string) {
  const { problems: errors, warnings } = validateConfig({
    file: 'stellwerk.yaml',
    text: `${base}${notify}`,
    directory: '/x',
    env: {},
    readFile: () => {
      throw new Error('nothing to read')
    },
    now: new Date('2026-11-21T00:00:00Z'),
  })
  return [...errors, ...warnings]
}

test.each([
  ['a channel that is not there', 'notify: { announce: { start: [nobody] } }', 'STW-C020'],
  [
    'a Slack address in clear',
    `notify:\n  channels:\n    slack: { kind: slack, url: ${slack} }\n`,
    'STW-C146',
  ],
])('%s', (_, notify, code) => {
  const found = problems(notify)

  expect(found.map(one => one.code)).toContain(code)
  expect(JSON.stringify(found)).not.toContain('T000')
})
