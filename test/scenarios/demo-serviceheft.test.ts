// The demo of the service book executes its deployment guide. Each ticked box has a proof behind it, and what did not run is not ticked.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'

test('npm run demo -- serviceheft holds every claim, ticks what was proven and cleans up', async () => {
  const program = join(import.meta.dirname, '../../scripts/demo.ts')
  const demo = spawn(process.execPath, [program, 'serviceheft', '--lang', 'de'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [output, [code]] = await Promise.all([text(demo.stdout), once(demo, 'close')])

  expect(code, output).toBe(0)
  expect(output).not.toContain('✘')
  expect(output).toMatch(/^Alles Behauptete hat gehalten, in \d+ s\.$/m)
  expect(output.match(/ Anfragen, 0 fehlgeschlagen/g)).toHaveLength(3)

  const checklist = output.slice(output.indexOf('Deployment Guide – LifeTimeCircle'))
  const sections = checklist.match(/^ {3}(\d[.)]\S*) \S/gm) ?? []
  expect(sections.map(line => line.trim().split(' ')[0])).toEqual([
    ...['1)', '2.1', '2.2', '2.3', '2.4', '2.5'],
    ...['3)', '4)', '5)', '6)', '7)', '8)', '9)'],
  ])
  // What only the future or a real server can prove; nothing else is open on a machine with the packages of the tests.
  const open = [...checklist.matchAll(/^ +\[ \] (.*)$/gm)].map(([, line]) => line ?? '')
  expect(open.map(line => line.split(/ {2}/)[0])).toEqual([
    'TLS: Auto-Renewal',
    'Hour 1: Intensives Monitoring',
    'Hour 12: Logs, Nightly-Backups',
    ...[1, 2, 3, 4, 5, 6, 7].map(day => `Tag ${day}: tägliche Checks`),
    'Woche 2+: weniger Monitoring',
  ])
  for (const line of open.slice(1)) expect(line).toMatch(/fällig \d{4}-\d\d-\d\d/)
  for (const box of ['RC-Tag ist gepusht', 'Alle Gates sind grün', 'Restore-Test durchgeführt'])
    expect(checklist).toContain(`[x] ${box}`)
  // The page itself, and the API behind it.
  expect(checklist).toMatch(/\[x\] 4\. Admin mit Step-up[^[]*admin-page[^[]*Prüfung admin\b/)

  const directory = /\/\S*stellwerk-demo-\w+/.exec(output)?.[0] ?? ''
  expect(directory).not.toBe('')
  expect(existsSync(directory)).toBe(false)
}, 600_000)
