// The demo of the document store: every claim holds, its checklist is ticked by evidence, and nothing of it stays.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'

// Far longer than it takes: a busy machine is no reason to fail.
test('npm run demo -- ablage holds every claim and ticks its checklist', { timeout: 900_000 }, async () => {
  const program = join(import.meta.dirname, '../../scripts/demo.ts')
  const demo = spawn(process.execPath, [program, 'ablage', '--lang', 'de'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [output, [code]] = await Promise.all([text(demo.stdout), once(demo, 'close')])

  expect(code, output).toBe(0)
  expect(output).toMatch(/^Alles Behauptete hat gehalten, in \d+ s\.$/m)
  // What holds on any machine that can run the demo at all; a card, a Prometheus or 50 GB are for the machine to have.
  for (const title of [
    'Tests bestanden  9\\d % Abdeckung',
    'Type Checking clean',
    'Linting clean',
    'Migrations aktuell, SQL geprüft',
    'Backup erstellt',
    'Rollback-Plan vorbereitet',
    'Environment Variables gesetzt',
    'SECRET_KEY \\(stark, 32\\+ Zeichen\\)',
    'Keine Secrets im Code',
    '1\\. Maintenance Mode aktiviert',
    '3\\. Services gestoppt, zuerst der Worker',
    '5\\. Health Checks',
    '6\\. Maintenance Mode deaktiviert',
    '7\\. Smoke Tests',
    'Logs geprüft',
    'Login funktioniert',
    'Dokument-Upload funktioniert',
    'OCR-Verarbeitung funktioniert',
    'Export funktioniert',
    'Team informiert',
    'Release Notes erstellt  Bea Backend: CHANGELOG\\.md',
    'Changelog aktualisiert  2\\.0\\.0',
    'DATABASE_URL',
    'MINIO_ENDPOINT',
    '2\\. Backup erstellt, Status geprüft',
    'worker danach gestartet',
    '1\\. Sofortiger Rollback',
    '2\\. Datenbank Rollback',
    'Migration zurückgesetzt  0001_documents',
    'Aus Backup wiederhergestellt',
    '3\\. Post-Rollback',
    'Logs auf Fehler geprüft',
    'DevOps Lead',
    'Security',
    'Alle Services  es laufen backend, worker',
    'Echtzeit',
    'Gefiltert',
    'Spezifischer Service',
    'Einzelner Service  neu gestartet und bereit: worker',
    'Alle Services  neu gestartet und bereit: ',
    'In Container',
    'DB Query',
    'Version, Datum, Deployer, Notizen',
    'Nachsorge geplant',
  ])
    expect(output).toMatch(new RegExp(`\\[x\\] ${title}`))
  // Every heading of the document, in its order.
  const checklist = output.slice(output.indexOf('Production Deployment Checklist: Ablage'))
  const sections = [...checklist.matchAll(/^ {3}(\S.*)$/gm)].map(([, title]) => title)
  expect(sections).toEqual([
    ...['Pre-Deployment 1. Code-Qualität', 'Pre-Deployment 2. Datenbank'],
    ...['Pre-Deployment 3. Konfiguration', 'Pre-Deployment 4. Infrastructure', 'Deployment-Prozess'],
    ...['Post-Deployment 1. Monitoring', 'Post-Deployment 2. Performance'],
    ...['Post-Deployment 3. Funktionalität', 'Post-Deployment 4. Kommunikation'],
    ...['Rollback-Prozedur', 'Notfall-Kontakte', 'Quick Commands: Service Status', 'Quick Commands: Logs'],
    ...['Quick Commands: Restart', 'Quick Commands: Debug', 'Versions-Tracking'],
    expect.stringMatching(/^✔ \d+ Kästchen/),
  ])
  // Nobody has a Grafana or a container here: the boxes stay open, and say why.
  expect(output).toMatch(/\[ \] Grafana Dashboards {2}die Unterschrift/)
  expect(output).toMatch(/\[ \] Docker Images gebaut {2}\S/)
  const directory = /\/\S*stellwerk-demo-\w+/.exec(output)?.[0] ?? ''
  expect(directory).not.toBe('')
  expect(existsSync(directory)).toBe(false)
})
