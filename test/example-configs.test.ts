// The documents of the reference systems: Stellwerk reads them for every environment, and they leave out no line that can be a rule.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadConfig, validateConfig } from '../src/config/load.ts'

const input = (name: string) => {
  const directory = join(import.meta.dirname, '../examples', name)
  const text = readFileSync(join(directory, 'stellwerk.yaml'), 'utf8')
  const names = [...text.matchAll(/env: ([A-Z_]+)$/gm)].map(match => match[1] ?? '')
  return {
    file: 'stellwerk.yaml',
    text,
    directory,
    env: Object.fromEntries(names.map(variable => [variable, 'given'])),
    readFile: () => {
      throw new Error('the document names no secret file')
    },
  }
}

test.each(['ablage', 'serviceheft'])('%s/stellwerk.yaml has no problem in any environment', name => {
  const { environments, problems, warnings } = validateConfig(input(name))

  expect(problems).toEqual([])
  // The copies stay on the machine of the app: where else they go is for the team to decide.
  expect(new Set(warnings.map(({ code }) => code))).toEqual(new Set(['STW-C107']))
  expect([...environments].sort()).toEqual(['local', 'production'])
})

test.each(['ablage', 'serviceheft'])(
  'every check of %s is asked somewhere: a gate, a proof, a drain, the time after',
  name => {
    const loaded = loadConfig({ ...input(name), environment: 'production' })

    if (!loaded.ok) throw new Error('not loaded')
    const { checks, gates, verify, services, afterCare } = loaded.value.config
    const asked = new Set([
      ...gates,
      ...verify.health,
      ...verify.smoke,
      ...Object.values(services).flatMap(({ drain }) => (drain ? [drain.check] : [])),
      ...afterCare.flatMap(({ checks: later }) => later),
    ])
    expect(Object.keys(checks).filter(check => !asked.has(check))).toEqual([])
  },
)
