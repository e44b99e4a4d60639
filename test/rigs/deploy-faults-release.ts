// Faults of the release itself: found by its own preparation, its migration, its start, or by the proof after the switch.
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Fault } from './deploy-fault.ts'
import type { FaultShop } from './deploy-fault-shop.ts'
import type { Document } from './story-app.ts'

const json = 'application/json'
const html = 'text/html'
const verify = { phase: 'verify', code: 'STW-K001' } as const

const noHooks = { paths: { '/hook': { status: 500, body: 'Call to undefined method expire()' } } }

export const faultsOfTheRelease: readonly Fault<FaultShop>[] = [
  {
    id: 'no-middleware',
    incident: 'Routes named a middleware that did not exist: 401 and 500',
    made: 'a release whose list of routes cannot be built',
    phase: 'publish',
    says: /no such middleware: health\.auth/,
    make: shop => shop.release({ route: 'health.auth' }),
  },
  {
    id: 'half-migration',
    incident: 'A migration stopped in its middle, and the old code met half a schema',
    made: 'the second of two statements fails',
    phase: 'migrate',
    says: /no such column: next_attempt/,
    make: shop =>
      shop.release({}, [
        'ALTER TABLE calls ADD COLUMN half text',
        'CREATE INDEX later ON calls (next_attempt)',
      ]),
  },
  {
    id: 'dev-package',
    incident: 'A migration needed a package that only developers have',
    made: 'the migration imports it',
    phase: 'migrate',
    says: /faker/,
    make: shop => shop.release({}, ['import @faker/none']),
  },
  {
    id: 'endless',
    incident: 'A step of the deploy never ended and blocked it for 20 minutes',
    made: 'a migration that waits for ever',
    phase: 'migrate',
    says: /time|did not end/i,
    make: shop =>
      shop.configured(
        good => {
          const { main } = good['databases'] as Record<string, Document>
          const migrate = { ...(main?.['migrate'] as Document), timeout: '1s' }
          return { ...good, databases: { main: { ...main, migrate } } }
        },
        {},
        ['hang'],
      ),
  },
  {
    id: 'half-runtime',
    incident: 'Dependencies were copied half: the process died on its first import',
    made: 'a release without one of its modules; its own preparation would not notice',
    phase: 'start',
    code: 'STW-S001',
    says: /ERR_MODULE_NOT_FOUND|Cannot find module/,
    make: shop =>
      shop.configured(
        good => {
          const { prepare: _, ...release } = good['release'] as Document
          return { ...good, release }
        },
        { imports: './vendor/none.mjs' },
      ),
  },
  {
    id: 'deaf',
    incident: 'The process was alive, and its port was closed',
    made: 'a release that listens nowhere',
    phase: 'start',
    says: /ready|refused|listen/,
    make: shop =>
      shop.configured(
        good => {
          const { web, ...others } = good['services'] as Record<string, Document>
          return {
            ...good,
            services: { web: { ...web, ready: { path: '/ready', timeout: '2s' } }, ...others },
          }
        },
        { deaf: true },
      ),
  },
  {
    id: 'worker-env',
    incident: 'The worker never loaded .env; its first real job was a 500',
    made: 'a worker that needs a variable nobody set',
    phase: 'switch',
    says: /OPENAI_API_KEY is not set/,
    make: shop => shop.release({ needs: { worker: 'OPENAI_API_KEY' } }),
  },
  {
    ...verify,
    id: 'old-code',
    incident: 'The cache of compiled code served the old release through four restarts',
    made: 'healthy, and names another release',
    code: 'STW-K004',
    says: /20251004_120000-0000000/,
    make: shop => shop.release({ tells: '20251004_120000-0000000' }),
  },
  {
    ...verify,
    id: 'auth-wall',
    incident: 'A 401 of the proxy was accepted as "reachable"',
    made: 'health answers 401 and says gesund',
    says: /401/,
    make: shop =>
      shop.release({ paths: { '/health': { status: 401, type: json, body: '{"status":"gesund"}' } } }),
  },
  {
    ...verify,
    id: 'spa',
    incident: 'The page of the app answered 200 at every address, /health as well',
    made: 'health answers with HTML',
    says: /answered HTML/,
    make: shop => shop.release({ paths: { '/health': { type: html, body: '<div id=app>gesund</div>' } } }),
  },
  {
    ...verify,
    id: 'fallback',
    incident: 'Routing failed silently and drew straight lines, with 200',
    made: 'source is haversine_fallback',
    says: /haversine_fallback/,
    make: shop =>
      shop.release({ paths: { '/route': { type: json, body: '{"km":12,"source":"haversine_fallback"}' } } }),
  },
  {
    ...verify,
    id: 'webhook',
    incident: 'After a security fix every webhook failed; all pages were fine',
    made: 'POST /hook answers 500',
    says: /500.*expected 201|answered 500/,
    make: shop => shop.release(noHooks),
  },
  {
    ...verify,
    id: 'webhook-unguarded',
    incident: 'The same, where nobody is held back while a release is proven',
    made: 'POST /hook answers 500, without `maintenance`',
    says: /500.*expected 201|answered 500/,
    reaches: 'the switch comes before the proof; `maintenance` with `during: always` closes the gap',
    make: shop => shop.configured(({ maintenance: _, ...good }) => good, noHooks),
  },
  {
    ...verify,
    id: 'emptied',
    incident: 'A migration emptied the tables; the site went on with 200',
    made: 'a migration that deletes all rows, and a column that goes with it',
    says: /"rows".*expected at least 1/,
    make: async shop => ({
      ...(await shop.release({}, ['DELETE FROM calls', 'ALTER TABLE calls ADD COLUMN fresh text'])),
      mend: () => {
        if (shop.sql('SELECT count(*) FROM calls') === '0') throw new Error('the rows are still gone')
      },
    }),
  },
  {
    ...verify,
    id: 'idle-worker',
    incident: 'The scheduler was not wired: jobs silently did not run',
    made: 'the worker runs and leaves no heartbeat of its release',
    says: /exit code 1/,
    make: shop => shop.release({ idle: true }),
  },
  {
    ...verify,
    id: 'log-errors',
    incident: 'Every answer was right, and every request left an error in the log',
    made: 'a line of class ERROR for each login page',
    says: /ERROR|line/,
    make: shop => shop.release({ logs: 'ERROR connection pool exhausted' }),
  },
  {
    id: 'rots',
    incident: 'A bug of a timer: all answers were 500 from an hour after the deploy on',
    made: 'everything is a 500 some time after the deploy',
    phase: 'never',
    says: /^$/,
    why: 'it is good while it is looked at; `stellwerk aftercare run` of the first hour finds it',
    make: shop =>
      shop.configured(
        good => ({ ...good, afterCare: [{ id: 'hour-1', after: '1ms', checks: ['health'] }] }),
        { rots: true },
      ),
    later: async shop => {
      const rot = join(shop.root, 'shared/data/rot')
      writeFileSync(rot, '')
      try {
        const { code, said } = await shop.ask('aftercare', 'run')
        return code === 5 && /"state":"failed"/.test(said) ? '' : `after-care says nothing: ${said}`
      } finally {
        rmSync(rot)
      }
    },
  },
]
