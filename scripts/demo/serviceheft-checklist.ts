// The deployment guide of the service book as its authors wrote it, each box with what proves it. A box whose proof did not run, or did
// not pass, stays open.
import { all, type Checklist, check, document, open, type Selector, step } from './checklist.ts'
import {
  announced,
  care,
  decided,
  environmentNamed,
  inWords,
  rolledBack,
  signed,
} from './serviceheft-proofs.ts'

const drilled: Selector = document('stellwerk.drill/1', 'stellwerk drill', ({ verdict, rto, checks }) =>
  verdict === 'green' && typeof rto === 'number'
    ? {
        holds: true,
        observed: `${Array.isArray(checks) ? checks.length : 0} Bestände woanders wiederhergestellt, wie gesichert`,
        source: 'stellwerk drill',
        ms: rto,
      }
    : open('die Übung ist nicht grün'),
)
const backedUp: Selector = document('stellwerk.backup.check/1', 'stellwerk backup check', one =>
  one['verdict'] === 'pass'
    ? {
        holds: true,
        observed: 'jeder Bestand frisch gesichert und verifiziert',
        source: 'stellwerk backup check',
      }
    : open('das Backup ist nicht bewiesen'),
)
const lost: Selector = document('stellwerk.drill/1', 'stellwerk drill', ({ verdict, rpo, goals }) => {
  const goal = typeof goals === 'object' && goals !== null && 'rpo' in goals ? Number(goals.rpo) : Number.NaN
  const held = verdict === 'green' && typeof rpo === 'number' && rpo <= goal
  return held
    ? {
        holds: true,
        observed: `${(rpo / 1000).toFixed(1)} s Verlust, erlaubt sind ${goal / 3_600_000} h`,
        source: 'stellwerk drill',
      }
    : open('kein Verlust gemessen')
})
const fiveMinutes = 300_000
const age = { pick: /\d+ Tage? alt/, prefix: 'quartalsweise; ' }

export const serviceheftChecklist: Checklist = {
  title: 'Deployment Guide – LifeTimeCircle Service Heft 4.0',
  sections: [
    {
      title: '1) Deployment-Architektur (Entscheidung erforderlich)',
      boxes: [
        { title: 'Hosting-Plattform', proof: decided('hosting') },
        { title: 'API-Server', proof: decided('api-server') },
        { title: 'Frontend', proof: decided('frontend') },
        { title: 'Datenbank', proof: decided('database') },
        { title: 'TLS/Domain', proof: decided('tls') },
      ],
    },
    {
      title: '2.1 Code & Release',
      boxes: [
        {
          title: 'RC-Tag ist gepusht',
          proof: inWords(check('tag-pushed'), 'ausgecheckt ist ein rc-Tag, beim Remote derselbe Commit'),
        },
        {
          title: 'Alle Gates sind grün',
          proof: step(/^build\/test\/1$/, 'npm run coverage', {
            pick: /all files\s*\|\s*([\d.]+)/,
            prefix: 'Tests grün, Abdeckung in %: ',
          }),
        },
        {
          title: 'CHANGELOG.md und Release-Notes aktuell',
          proof: step(/^build\/test\/2$/, 'npm run changelog', { pick: /^\d+\.\d+\.\d+: .*/ }),
        },
      ],
    },
    {
      title: '2.2 Infrastruktur',
      boxes: [
        { title: 'Ziel-Domain festgelegt', proof: check('certificate', { pick: /für .*/ }) },
        {
          title: 'Produktionsumgebung benannt',
          proof: all(environmentNamed, inWords(check('settings'), 'LTC_ENV=prod')),
        },
        { title: 'DNS-Einträge bereit', proof: check('domain') },
      ],
    },
    {
      title: '2.3 Konfiguration',
      boxes: [
        {
          title: 'Produktiver LTC_SECRET_KEY generiert',
          proof: check('secret-key', { pick: /^\d+ Zeichen, \d+ Bit/ }),
        },
        {
          title: 'Weitere Secrets dokumentiert',
          proof: inWords(
            check('secrets-documented'),
            'jedes, das die App liest, ist in .env.example erklärt',
          ),
        },
        { title: 'Umgebungsvariablen für Prod konfiguriert', proof: check('settings') },
      ],
    },
    {
      title: '2.4 Datenbank',
      boxes: [
        {
          title: 'Produktive DB-Instance vorbereitet',
          proof: all(check('app-database'), check('documents-database')),
        },
        { title: 'Backup-Routine aktiviert', proof: backedUp },
        {
          title: 'Restore-Test durchgeführt',
          proof: all(drilled, inWords(check('backup-proven'), 'frisch genug')),
        },
        { title: 'Datenbankzugriff für API-Service', proof: check('ready') },
      ],
    },
    {
      title: '2.5 Monitoring & Logging',
      boxes: [
        { title: 'Monitoring für API-Verfügbarkeit', proof: signed('monitoring') },
        { title: 'Error-/Crash-Reporting', proof: signed('error-reports') },
        {
          title: 'Logging ohne PII-Leaks',
          proof: all(check('log-without-people'), check('proxy-log-without-people')),
        },
      ],
    },
    {
      title: '3) Secrets Management',
      boxes: [
        {
          title: 'LTC_SECRET_KEY: mindestens 32 Zeichen',
          proof: check('secret-key', { pick: /^\d+ Zeichen/ }),
        },
        { title: 'Rotation geplant', proof: check('secret-key', age) },
        { title: 'Nicht im Code oder Repo', proof: check('secret-key', { pick: /nicht in .*/ }) },
        {
          title: 'Database Password',
          proof: inWords(decided('database', 'SQLite'), 'entfällt: SQLite hat keines'),
        },
        { title: 'TLS: Zertifikat gültig', proof: check('certificate') },
        {
          title: 'TLS: Auto-Renewal',
          proof: () =>
            open('zeigt sich erst, wenn certbot auf dem Server erneuert hat (checks.certificate, minDays)'),
        },
      ],
    },
    {
      title: '4) Deployment-Schritte',
      boxes: [
        { title: 'Phase 1: npm ci, npm run build', proof: step(/^build\/commands\//, 'build.commands') },
        { title: 'Phase 2: Secrets gesetzt', proof: check('settings') },
        { title: 'Phase 2: Runtime-Verzeichnisse', proof: check('data') },
        {
          title: 'Phase 3: Backend, 4 Worker',
          proof: inWords(check('ready'), 'mindestens 4 Prozesse antworten'),
        },
        { title: 'Phase 3: Frontend über nginx', proof: check('entry') },
        { title: 'Phase 4: API Health', proof: all(check('health'), check('identity')) },
        { title: 'Phase 4: Frontend', proof: check('entry') },
      ],
    },
    {
      title: '5) Smoke Tests nach Deployment',
      boxes: [
        { title: '1. Public Entry-Seite antwortet (→ /)', proof: check('entry') },
        {
          title: '2. Auth-Flow (→ /auth)',
          proof: all(check('auth-page'), check('mail'), inWords(check('sign-in'), 'angemeldet mit dem Code')),
        },
        {
          title: '3. Public QR-Route (→ /public/qr/:vehicle_id)',
          proof: all(
            inWords(check('qr-page'), 'bekannt 200'),
            inWords(check('qr-known'), 'mit Historie'),
            inWords(check('qr-unknown'), 'unbekannt 404'),
          ),
        },
        {
          title: '4. Admin mit Step-up (→ /admin)',
          proof: all(
            inWords(check('admin-page'), '/admin in Chromium: angemeldet, Step-up bestätigt'),
            inWords(check('admin'), 'Rolle ändern: ohne Step-up 403, mit ihm angenommen'),
            check('dev-headers', { pick: /^\d+ [A-Za-z ]+/, prefix: 'Dev-Header: ' }),
          ),
        },
        { title: '5. API-Health-Endpoint (→ /api/health)', proof: check('health') },
      ],
    },
    {
      title: '6) Rollback Plan',
      boxes: [
        { title: 'Zurück zur vorherigen Build-Version', proof: rolledBack(fiveMinutes) },
        { title: 'Database-Backup zurückspielen', proof: drilled },
        {
          title: 'RTO dokumentiert und eingehalten',
          proof: all(decided('rollback'), rolledBack(fiveMinutes)),
        },
        { title: 'RPO dokumentiert und eingehalten', proof: lost },
        { title: 'Wer entscheidet', proof: document('stellwerk.contacts/1', 'stellwerk contacts', decides) },
        { title: 'Wie kommuniziert wird', proof: announced },
      ],
    },
    {
      title: '7) Monitoring & Alerting',
      boxes: [
        { title: 'API Response Time > 5s', proof: check('health') },
        { title: 'API Status Codes 5xx > 1%', proof: check('proxy-errors') },
        { title: 'Disk Space < 10% frei', proof: check('disk', { pick: /hat (.*)/ }) },
        { title: 'Memory Usage > 80%', proof: check('memory') },
        {
          title: 'Database Connections > 90% pool',
          proof: all(inWords(check('app-database'), 'SQLite ohne Pool; Daten heil')),
        },
        { title: 'Frontend Load Time > 3s', proof: check('entry', { pick: /geladen nach .*/ }) },
      ],
    },
    {
      title: '8) Post-Deployment Betreuung',
      boxes: [
        { title: 'Hour 1: Intensives Monitoring', proof: care('stunde-1') },
        { title: 'Hour 12: Logs, Nightly-Backups', proof: care('stunde-12') },
        ...[1, 2, 3, 4, 5, 6, 7].map(day => ({
          title: `Tag ${day}: tägliche Checks`,
          proof: care(`tag-${day}`),
        })),
        { title: 'Woche 2+: weniger Monitoring', proof: care('woche-2') },
      ],
    },
    {
      title: '9) Anhänge: nginx',
      boxes: [
        { title: 'TLS, server_name', proof: check('certificate') },
        { title: '/api ohne Präfix an die API', proof: check('health') },
        { title: 'Logging ohne PII', proof: check('proxy-log-without-people') },
      ],
    },
  ],
}

function decides(one: Readonly<Record<string, unknown>>) {
  const contacts: readonly Readonly<Record<string, unknown>>[] = Array.isArray(one['contacts'])
    ? one['contacts']
    : []
  const who = contacts.find(({ decides: what }) => Array.isArray(what) && what.includes('rollback'))
  return who === undefined
    ? open('niemand darf einen Rollback entscheiden')
    : {
        holds: true as const,
        observed: `${String(who['name'])} (${String(who['role'])})`,
        source: 'stellwerk contacts',
      }
}
