// "Production Deployment Checklist" of the document store, as the team wrote it: its words on the left, what would prove them on the right.
import { containers, onCall, restarted, revision, running, sentToTeam, tracked } from './ablage-proofs.ts'
import {
  all,
  type Box,
  type Checklist,
  check,
  command,
  document,
  during,
  open,
  printed,
  type Section,
  type Selector,
  signOff,
  step,
} from './checklist.ts'
import { decided, inWords, rolledBack } from './serviceheft-proofs.ts'

const coverage = /all files\s*\|\s*(\d+)/
const flow = (name: string) => check('document', { pick: new RegExp(`${name} (\\d{3} [^;,]*[^;]*)`) })

const variable = inWords(check('settings'), 'gesetzt')
const stored = step(/^backup\/store\//, 'abgelegt und dort wieder gelesen')
const backup = all(step(/^backup\/(?!store\/)/, 'Datenbank und Dateien'), stored)

const tenMinutes = 600_000

/** A rollback runs the same checks again; what it says belongs to its own boxes. */
const ofTheDeploy = ({ title, boxes }: Section): Section => {
  const narrow = (box: Box): Box => ({
    ...box,
    proof: during('deploy', box.proof),
    ...(box.boxes === undefined ? {} : { boxes: box.boxes.map(narrow) }),
  })
  return { title, boxes: boxes.map(narrow) }
}
const back = (...proofs: readonly Selector[]) =>
  all(rolledBack(tenMinutes), during('rollback', all(...proofs)))

const deployment: readonly Section[] = [
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
      {
        title: 'Environment Variables gesetzt',
        proof: check('settings'),
        boxes: [
          { title: 'DATABASE_URL', proof: all(variable, check('database')) },
          { title: 'REDIS_URL', proof: all(variable, inWords(check('detailed'), 'der Cache antwortet')) },
          { title: 'MINIO_ENDPOINT', proof: all(decided('dateien', 'Dateisystem'), check('storage')) },
          { title: 'SECRET_KEY (stark, 32+ Zeichen)', proof: check('secret-key') },
          { title: 'JWT_SECRET_KEY', proof: check('jwt-secret-key') },
          { title: 'CORS_ORIGINS', proof: variable },
          { title: 'GPU_MEMORY_LIMIT_GB=13.6', proof: inWords(check('settings'), 'höchstens 13.6') },
        ],
      },
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
        proof: step(/image|compose/, 'Images', { missing: containers }),
      },
      {
        title: 'GPU Verfügbarkeit (RTX 4080)',
        proof: check('gpu'),
        boxes: [{ title: 'GPU im Container verfügbar', proof: () => open(containers) }],
      },
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
        proof: all(
          stored,
          document('stellwerk.backup.check/1', 'stellwerk backup check', ({ verdict }) =>
            verdict === 'pass'
              ? { holds: true, observed: 'frisch und verifiziert', source: 'stellwerk backup check' }
              : open('stellwerk backup check sagt nein'),
          ),
        ),
      },
      { title: '3. Services gestoppt, zuerst der Worker', proof: step(/^drain\/.*\/wait$/, 'queue-empty') },
      {
        title: '4. Deployment durchgeführt',
        proof: step(/^switch\//, 'Umschalten'),
        boxes: [
          { title: 'Images gepullt', proof: () => open(containers) },
          { title: 'Migrations angewandt', proof: step(/^migrate\//, 'Migration') },
          {
            title: 'postgres, redis laufen',
            proof: all(check('database'), inWords(check('detailed'), 'der Cache antwortet')),
          },
          { title: 'backend gestartet, bereit', proof: step(/\/backend\/start-/, 'Start') },
          { title: 'worker danach gestartet', proof: step(/\/worker\/start-/, 'Start') },
        ],
      },
      {
        title: '5. Health Checks',
        proof: all(check('health'), check('detailed'), check('pipeline'), check('gpu-memory')),
        boxes: [
          { title: 'Basis-Check', proof: check('health') },
          { title: 'Detaillierter Check', proof: check('detailed') },
          { title: 'Pipeline-Check', proof: check('pipeline') },
          { title: 'GPU-Check', proof: check('gpu-memory') },
        ],
      },
      { title: '6. Maintenance Mode deaktiviert', proof: step(/^maintenance-off\//, 'Wartung aus') },
      {
        title: '7. Smoke Tests',
        proof: check('document', { pick: /^\d+ Schritte/ }),
        boxes: [
          { title: 'Test-Dokument hochgeladen', proof: flow('upload') },
          { title: 'OCR getestet', proof: flow('ocr') },
        ],
      },
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
        proof: all(sentToTeam, signOff('team')),
      },
      { title: 'Release Notes erstellt', proof: signOff('release-notes') },
      {
        title: 'Changelog aktualisiert',
        proof: command('npm run changelog', { pick: /^\d+\.\d+\.\d+: .*/ }),
      },
    ],
  },
]

const afterwards: readonly Section[] = [
  {
    title: 'Rollback-Prozedur',
    boxes: [
      { title: '1. Sofortiger Rollback: zum letzten stabilen Release', proof: rolledBack(tenMinutes) },
      {
        title: '2. Datenbank Rollback',
        proof: back(step(/^(beside|compare|swap)\/local\/main/, 'Daten von vor der Migration')),
        boxes: [
          { title: 'Migration zurückgesetzt', proof: revision },
          {
            title: 'Aus Backup wiederhergestellt',
            proof: back(step(/^(fetch|beside)\//, 'Satz von vor der Migration')),
          },
        ],
      },
      {
        title: '3. Post-Rollback',
        proof: back(check('complete'), check('document', { pick: /^\d+ Schritte/ })),
        boxes: [
          { title: 'Health Checks durchgeführt', proof: back(check('complete')) },
          { title: 'Logs auf Fehler geprüft', proof: back(check('backend-log'), check('worker-log')) },
        ],
      },
    ],
  },
  {
    title: 'Notfall-Kontakte',
    boxes: ['DevOps Lead', 'Backend Lead', 'Security'].map(role => ({ title: role, proof: onCall(role) })),
  },
  {
    title: 'Quick Commands: Service Status',
    boxes: [
      { title: 'Alle Services', proof: running },
      { title: 'Health', proof: back(check('health')) },
      { title: 'Detailliert', proof: back(check('complete')) },
    ],
  },
  {
    title: 'Quick Commands: Logs',
    boxes: [
      { title: 'Echtzeit', proof: printed('stellwerk.logs/1', /"event":"(request)"/, 'logs --follow') },
      { title: 'Gefiltert', proof: printed('stellwerk.logs/1', /"event":"(listening)"/, 'logs --grep') },
      {
        title: 'Spezifischer Service',
        proof: printed('stellwerk.logs/1', /"event":"(working)"/, 'logs worker'),
      },
    ],
  },
  {
    title: 'Quick Commands: Restart',
    boxes: [
      { title: 'Einzelner Service', proof: restarted('worker') },
      { title: 'Alle Services', proof: restarted(null) },
      { title: 'Mit Neuaufbau', proof: () => open(containers) },
    ],
  },
  {
    title: 'Quick Commands: Debug',
    boxes: [
      {
        title: 'In Container',
        proof: printed('stellwerk.exec/1', /^(stellwerk\.yaml|package\.json)$/, 'exec ls'),
      },
      {
        title: 'Python Shell (hier Node)',
        proof: printed('stellwerk.exec/1', /^v\d+\.\d+\.\d+$/, 'exec node'),
      },
      { title: 'DB Query', proof: revision },
    ],
  },
  {
    title: 'Versions-Tracking',
    boxes: [
      { title: 'Version, Datum, Deployer, Notizen', proof: tracked },
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
]

export const ablageChecklist: Checklist = {
  title: 'Production Deployment Checklist: Ablage-System',
  sections: [...deployment.map(ofTheDeploy), ...afterwards],
}
