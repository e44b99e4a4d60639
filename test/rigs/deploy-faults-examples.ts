// Faults whose trap is the app's own: a proxy that does not strip, a browser that finds a hole, a reading that is none.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startSite } from '../../examples/serviceheft/scripts/servers.ts'
import { serviceheft, unstripped } from '../../examples/serviceheft/variants/variants.ts'
import type { Fault } from './deploy-fault.ts'
import type { AblageStage, ServiceheftStage } from './deploy-fault-examples.ts'

const verify = { phase: 'verify', code: 'STW-K001' } as const
const behindNginx = {
  ...verify,
  reaches:
    'the guide knows no maintenance, and nginx moves everybody before the proof; `maintenance.nginx` with `during: always` would show a page',
} as const

export const faultsOfServiceheft: readonly Fault<ServiceheftStage>[] = [
  {
    id: 'unstripped',
    incident: 'nginx handed /api to the app as it was: /api/health was a 404',
    made: 'the new nginx, before it takes over, with the proxy_pass of the first guide',
    phase: 'gate',
    code: 'STW-K001',
    says: /404/,
    make: async stage => {
      const { upstream } = stage.story.site
      const port = Number(/127\.0\.0\.1:(\d+)/.exec(readFileSync(upstream, 'utf8'))?.[1])
      const template = readFileSync(join(serviceheft.directory, 'deploy/nginx.conf'), 'utf8')
      const site = await startSite(
        join(stage.story.root, 'current'),
        port,
        template.replace(unstripped.from, unstripped.to),
      )
      const check = { kind: 'http', url: `${site.url}/api/health`, expect: { json: { '$.ok': true } } }
      const attempt = stage.variant('v1', [
        { path: ['checks', 'new-proxy'], value: check },
        { path: ['gates'], value: ['settings', 'new-proxy'] },
      ])
      return { ...attempt, mend: () => Promise.all([attempt.mend?.(), site[Symbol.asyncDispose]()]) }
    },
  },
  {
    ...behindNginx,
    id: 'dev-headers',
    incident: 'A header made anybody an administrator in production',
    made: 'a release that believes X-LTC-ROLE',
    says: /200/,
    make: stage => stage.variant('dev-headers'),
  },
  {
    ...behindNginx,
    id: 'no-assets',
    incident: 'The login page had no CSS and no JavaScript; its HTML was fine',
    made: 'a page that asks for a script which was not built, in a browser',
    says: /404|assets|main|app-/,
    make: stage => stage.variant('asset-missing'),
  },
  {
    ...behindNginx,
    id: 'qr-200',
    incident: 'The public page answered 200 for cars that nobody knows',
    made: 'the same',
    says: /expected 404/,
    make: stage => stage.variant('qr-always-200'),
  },
]

export const faultsOfAblage: readonly Fault<AblageStage>[] = [
  {
    ...verify,
    id: 'kritisch',
    incident: 'Health answered 200 while its body said "kritisch"',
    made: 'the same, of a storage that counts as full',
    says: /kritisch/,
    make: stage => stage.variant('kritisch'),
  },
  {
    ...verify,
    id: 'ocr-fallback',
    incident: 'The reading was empty, passed on as "processed"',
    made: 'a model that no machine has, and an empty text in its place',
    says: /tesseract|fallback/,
    make: stage => stage.variant('ocr-fallback'),
  },
  {
    id: 'silent-worker',
    incident: 'The worker died after its start, uploads waited for ever',
    made: 'a worker without a port that needs a variable nobody set',
    phase: 'switch',
    // Where the machine is so busy that it lives longer than its start is looked at.
    orElse: 'verify',
    says: /ABLAGE_MODELL is not set|"pipeline".*\$\.worker is \[\]/,
    // Without the smoke test of a document, which would wait a minute for what nobody reads.
    make: stage =>
      stage.variant('worker-silent', [
        { path: ['verify', 'health'], value: ['health', 'detailed', 'pipeline'] },
        { path: ['checks', 'pipeline', 'retries'], value: 4 },
      ]),
  },
]
