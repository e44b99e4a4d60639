// stellwerk.yaml as a whole. This schema is the one source of the types, the JSON Schema, the reference and `explain`.
import { z } from 'zod'
import { afterCare } from './after-care.ts'
import { backup } from './backup.ts'
import { build } from './build.ts'
import { check } from './check.ts'
import { contact } from './contact.ts'
import { database } from './database.ts'
import { decision } from './decision.ts'
import { environment } from './environment.ts'
import { identity } from './identity.ts'
import { maintenance } from './maintenance.ts'
import { notify } from './notify.ts'
import { operation } from './operation.ts'
import { proxy } from './proxy.ts'
import { release } from './release.ts'
import { router } from './router.ts'
import { durationOr, name, variableName } from './scalar.ts'
import { secretSource } from './secret.ts'
import { service } from './service.ts'
import { signOff } from './sign-off.ts'
import { waiver } from './waiver.ts'
import { about, says } from './words.ts'

// Each schema meets one document in the life of the process: a parser generated for it would cost more than it saves.
z.config({ jitless: true })

const verify = z
  .strictObject({
    identity,
    health: z
      .array(name)
      .default([])
      .meta(
        about(
          'Checks right after the switch, on each host',
          'Prüfungen gleich nach dem Umschalten, auf jedem Host',
          ['health'],
        ),
      ),
    smoke: z
      .array(name)
      .default([])
      .meta(
        about('Checks as a user would, after health', 'Prüfungen wie ein Benutzer, nach health', [
          'front-page',
        ]),
      ),
    grace: durationOr('0s').meta(about('Pause before the first check', 'Pause vor der ersten Prüfung')),
  })
  .meta(about('What proves a release after the switch', 'Was ein Release nach dem Umschalten beweist'))

export const rootSchema = z
  .strictObject({
    version: z.literal(1).meta(about('Version of this format', 'Version dieses Formats', 1)),
    app: name.meta(
      about(
        'Name of the app; part of unit and file names',
        'Name der App; Teil von Unit- und Dateinamen',
        'askpro',
      ),
    ),
    language: z
      .enum(['en', 'de'])
      .default('en')
      .meta(about('Language of messages and reports', 'Sprache der Meldungen und Berichte')),
    timezone: z
      .string()
      .default('UTC')
      .refine(
        isZone,
        says(
          'must be an IANA time zone, such as "Europe/Berlin"',
          'muss eine IANA-Zeitzone sein, etwa "Europe/Berlin"',
        ),
      )
      .meta(
        about(
          'Time zone of people and schedules; names of releases are UTC',
          'Zeitzone für Menschen und Zeitpläne; Namen von Releases sind UTC',
          'Europe/Berlin',
        ),
      ),
    secrets: z
      .record(variableName, secretSource)
      .default({})
      .meta(
        about(
          'Secrets by name: ${NAME} stays a reference until it is used',
          'Geheimnisse nach Namen: ${NAME} bleibt ein Verweis, bis es gebraucht wird',
          {
            SMTP_PASSWORD: { env: 'SMTP_PASSWORD' },
          },
        ),
      ),
    build: build.optional(),
    release: release.prefault({}),
    databases: z
      .record(name, database)
      .default({})
      .meta(about('Databases by name', 'Datenbanken nach Namen')),
    backup: backup.optional(),
    services: z.record(name, service).default({}).meta(about('Services by name', 'Dienste nach Namen')),
    router: router.optional(),
    proxy: proxy.optional(),
    maintenance: maintenance.optional(),
    operations: z
      .record(name, operation)
      .default({})
      .meta(
        about(
          'Commands that people run by name: stellwerk operation',
          'Befehle, die Menschen beim Namen aufrufen: stellwerk operation',
          {
            'reset-index': {
              command: 'node tools/reset-index.js',
              about: 'Rebuild the search index',
              destructive: true,
              target: 'main',
            },
          },
        ),
      ),
    checks: z
      .record(name, check)
      .default({})
      .meta(
        about(
          'Checks by name, used by gates, health and smoke',
          'Prüfungen nach Namen, genutzt von gates, health und smoke',
        ),
      ),
    waivers: z
      .record(name, waiver)
      .default({})
      .meta(
        about(
          'Checks that do not count for a while; shown in every report',
          'Prüfungen, die eine Weile nicht zählen; gezeigt in jedem Bericht',
          { disk: { reason: 'disk is replaced on Monday', until: '2026-12-01', by: 'Anna Berg' } },
        ),
      ),
    gates: z
      .array(name)
      .default([])
      .meta(
        about(
          'Checks that must pass before anything is changed',
          'Prüfungen, die bestehen müssen, bevor etwas geändert wird',
          ['disk'],
        ),
      ),
    verify,
    decisions: z
      .record(name, decision)
      .default({})
      .meta(
        about(
          'Questions that must be answered before a deploy',
          'Fragen, die vor einem Deploy beantwortet sein müssen',
          { hosting: { question: 'Where does it run?', answer: 'on-premise', by: 'Anna' } },
        ),
      ),
    signOffs: z
      .record(name, signOff)
      .default({})
      .meta(
        about(
          'Manual steps that people sign: stellwerk sign-off',
          'Schritte von Hand, die Menschen unterschreiben: stellwerk sign-off',
          { 'login-works': { title: 'Signing in works', role: 'qa' } },
        ),
      ),
    contacts: z
      .record(name, contact)
      .default({})
      .meta(
        about('Whom to ask, by name', 'Wen man fragt, nach Namen', {
          devops: { name: 'Anna Berg', role: 'DevOps Lead' },
        }),
      ),
    afterCare: z
      .array(afterCare)
      .default([])
      .meta(
        about(
          'What is looked at after a release is proven: stellwerk aftercare',
          'Was nach der Bewährung eines Releases angesehen wird: stellwerk aftercare',
        ),
      ),
    notify: notify.optional(),
    environments: z
      .record(name, environment)
      .refine(
        all => Object.keys(all).length > 0,
        says('needs at least one environment', 'braucht mindestens eine Umgebung'),
      )
      .meta(about('Environments by name', 'Umgebungen nach Namen')),
  })
  .meta(about('The deployment document of one app', 'Das Deployment-Dokument einer App'))
/** The file with defaults, before an environment is chosen. */
export type ParsedConfig = z.output<typeof rootSchema>

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
}
