// "Production Deployment Checklist" of the document store, as the team wrote it: its words on the left, what would prove them on the right.
import { all, type Checklist, check, command, document, open, signOff, step } from './checklist.ts'

const coverage = /all files\s*\|\s*(\d+)/
const flow = (name: string) => check('document', { pick: new RegExp(`${name} (\\d{3} [^;,]*[^;]*)`) })

const stored = step(/^backup\/store\//, 'abgelegt und dort wieder gelesen')
const backup = all(step(/^backup\/(?!store\/)/, 'Datenbank und Dateien'), stored)

export const ablageChecklist: Checklist = {
  title: 'Production Deployment Checklist: Ablage-System',
  sections: [
    {
      title: 'Pre-Deployment 1. Code-Qualität',
      boxes: [
        {
          title: 'Tests bestanden',
          proof: command('npm run coverage', { pick: coverage, suffix: ' % Abdeckung' }),
        },
        { title: 'Type Checking clean', proof: command('npm run typecheck') },
        { title: 'Linting clean', proof: command('npm run lint') },
        { title: 'Security Scan', proof: all(command('npm run security'), check('audit')) },
      ],
    },
    {
      title: 'Pre-Deployment 2. Datenbank',
      boxes: [
        {
          title: 'Migrations aktuell, SQL geprüft',
          proof: all(step(/^preview\//, 'SQL beim Lauf aufgehoben'), step(/^migrate\//, 'Migration')),
        },
        { title: 'Backup erstellt', proof: backup },
        {
          title: 'Rollback-Plan vorbereitet',
          proof: document('stellwerk.releases/1', 'Ziel eines Rollbacks', releases => {
            const hosts = Array.isArray(releases['hosts']) ? releases['hosts'] : []
            const target: unknown = hosts[0]?.rollbackTarget
            return typeof target === 'string'
              ? { holds: true, observed: target, source: 'stellwerk releases' }
              : open('kein Release, zu dem man zurück könnte')
          }),
        },
      ],
    },
    {
      title: 'Pre-Deployment 3. Konfiguration',
      boxes: [
        { title: 'Environment Variables gesetzt', proof: check('settings') },
        { title: 'SECRET_KEY (stark, 32+ Zeichen)', proof: check('secret-key') },
        { title: 'JWT_SECRET_KEY', proof: check('jwt-secret-key') },
        {
          title: 'Keine Secrets im Code',
          proof: check('secret-key', { pick: /nicht in \d+ [^;,]*/ }),
        },
        { title: 'SSL Zertifikate gültig (30 Tage)', proof: check('certificate') },
      ],
    },
    {
      title: 'Pre-Deployment 4. Infrastructure',
      boxes: [
        {
          title: 'Docker Images gebaut',
          proof: step(/image|compose/, 'Images', { missing: 'hier laufen Prozesse, keine Container' }),
        },
        { title: 'GPU Verfügbarkeit (RTX 4080)', proof: check('gpu') },
        { title: 'Disk Space (50GB frei)', proof: check('disk') },
        { title: 'Memory (16GB verfügbar)', proof: check('memory') },
      ],
    },
    {
      title: 'Deployment-Prozess',
      boxes: [
        { title: '1. Maintenance Mode aktiviert', proof: step(/^maintenance\//, 'Wartung ein') },
        {
          title: '2. Backup erstellt, Status geprüft',
          proof: stored,
        },
        { title: '3. Services gestoppt, zuerst der Worker', proof: step(/^drain\/.*\/wait$/, 'queue-empty') },
        { title: '4. Deployment durchgeführt', proof: step(/^switch\//, 'Umschalten') },
        {
          title: '5. Health Checks',
          proof: all(check('health'), check('detailed'), check('pipeline'), check('gpu-memory')),
        },
        { title: '6. Maintenance Mode deaktiviert', proof: step(/^maintenance-off\//, 'Wartung aus') },
        { title: '7. Smoke Tests', proof: check('document', { pick: /^\d+ Schritte/ }) },
      ],
    },
    {
      title: 'Post-Deployment 1. Monitoring',
      boxes: [
        {
          title: 'Grafana Dashboards',
          proof: signOff('dashboards'),
          boxes: [
            { title: 'System Overview grün', proof: signOff('dashboards') },
            { title: 'OCR Pipeline Dashboard aktiv', proof: signOff('dashboards') },
            { title: 'Keine Alerts', proof: check('alerts') },
          ],
        },
        { title: 'Prometheus Targets (alle up)', proof: check('targets') },
        { title: 'Logs geprüft', proof: all(check('backend-log'), check('worker-log')) },
      ],
    },
    {
      title: 'Post-Deployment 2. Performance',
      boxes: [
        { title: 'Response Times (< 50 ms)', proof: check('latency') },
        { title: 'GPU Memory (< 85 %)', proof: check('gpu') },
      ],
    },
    {
      title: 'Post-Deployment 3. Funktionalität',
      boxes: [
        { title: 'Login funktioniert', proof: all(flow('login'), signOff('login')) },
        { title: 'Dokument-Upload funktioniert', proof: flow('upload') },
        { title: 'OCR-Verarbeitung funktioniert', proof: flow('text') },
        { title: 'Export funktioniert', proof: flow('export') },
        { title: 'Admin-Panel erreichbar', proof: all(check('panel'), signOff('admin-panel')) },
      ],
    },
    {
      title: 'Post-Deployment 4. Kommunikation',
      boxes: [
        {
          title: 'Team informiert',
          proof: all(
            document('stellwerk.deploy/1', 'Ankündigung', ({ announcements }) => {
              const sent = Array.isArray(announcements) ? announcements : []
              const lost = sent.find(({ delivered }) => delivered !== true)
              if (sent.length === 0 || lost) return open('das Team wurde nicht erreicht')
              const events = sent.map(({ event }) => String(event)).join(', ')
              return { holds: true, observed: `gesagt: ${events}`, source: 'notify' }
            }),
            signOff('team'),
          ),
        },
        { title: 'Release Notes erstellt', proof: signOff('release-notes') },
        { title: 'Changelog aktualisiert', proof: signOff('release-notes') },
      ],
    },
    {
      title: 'Notfall und danach',
      boxes: [
        {
          title: 'Versions-Tracking',
          proof: document('stellwerk.releases/1', 'Versionen', releases => {
            const hosts = Array.isArray(releases['hosts']) ? releases['hosts'] : []
            const live = hosts[0]?.releases?.find((one: { id: string }) => one.id === hosts[0].current)
            return live?.state === 'proven'
              ? { holds: true, observed: `${live.version} ist „${live.state}“`, source: 'stellwerk releases' }
              : open('das Release ist nicht bewiesen')
          }),
        },
        {
          title: 'Nachsorge geplant',
          proof: document('stellwerk.aftercare/1', 'Nachsorge', ({ tasks }) => {
            const due = Array.isArray(tasks) ? tasks : []
            return due.length > 0
              ? {
                  holds: true,
                  observed: due.map(({ id }) => String(id)).join(', '),
                  source: 'stellwerk aftercare',
                }
              : open('keine Aufgabe')
          }),
        },
      ],
    },
  ],
}
