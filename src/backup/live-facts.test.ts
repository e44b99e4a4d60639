import { expect, it } from 'vitest'
import { parseLiveState } from './live-facts.ts'

const at = { store: 'main', host: 'web1' }
const facts = `server\t16\ntool\t16\nidentity\tx/app\nsnapshot\t2026-11-20T01:00:00Z\nexact\tyes\nschema\t${'a'.repeat(64)}\ntable\tcalls\t2\nend`

it.each([
  ['there', `----- present yes\n${facts}`],
  ['missing', '----- present no'],
  ['damaged', '----- present yes\n----- refused\ndump\n1\nit is malformed'],
  ['damaged', '----- present yes\n----- refused\nconnect\nno role'],
  ['damaged', `----- present yes\n${facts.slice(0, -4)}`],
])('%s', (kind, output) => {
  const state = parseLiveState(output, at)
  expect(state.ok && state.value.kind).toBe(kind)
})

it.each([
  ['STW-B101', '----- refused\nconnect\nnobody answers'],
  ['STW-B100', '----- refused\ntool\npsql'],
  ['STW-B100', '----- present yes\n----- refused\ntool\npg_dump'],
  ['STW-B468', ''],
  ['STW-B129', '----- present no\n----- refused'],
])('nobody knows: %s', (code, output) => {
  const state = parseLiveState(output, at)
  expect(state.ok ? '' : state.error.code).toBe(code)
})
