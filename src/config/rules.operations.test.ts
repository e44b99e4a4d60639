import { expect, it } from 'vitest'
import { document, load, marked } from '../../test/helpers/config-file.ts'

function operations(entry: string): string[] {
  const whole = document({ more: `operations: { reset: { ${entry} } }` })
  return marked(load(whole, { environment: 'production' }))
}

it.each([
  ['a good one shows nothing', 'command: go, destructive: true, target: main, role: web', []],
  ['one that destroys nothing needs no target', 'command: go', []],
  [
    'one that destroys must name its target',
    'command: go, destructive: true',
    ['C017 { command: go, destructive: true }'],
  ],
  ['a role that no host has', 'command: go, role: nobody', ['C029 nobody']],
  ['no command', 'about: words', ['C011 reset']],
])('%s', (_, entry, expected) => {
  expect(operations(entry)).toEqual(expected)
})
