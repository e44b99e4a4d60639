// Where the app runs.
import { z } from 'zod'
import { absolutePath, durationOr, name, port, variables } from './scalar.ts'
import { about, says } from './words.ts'

const address = z
  .string()
  .regex(
    /^([A-Za-z0-9_][A-Za-z0-9_.-]*@)?([A-Za-z0-9_][A-Za-z0-9_.-]*|\[[0-9a-fA-F:]+\])$/,
    says(
      'must be a host name or an address, as user@host or host; it may not start with "-"',
      'muss ein Hostname oder eine Adresse sein, als user@host oder host; "-" am Anfang ist nicht erlaubt',
    ),
  )
  .meta({ title: 'address' })

const hostEntry = z
  .union([
    z.literal('local').meta(about('This machine, without SSH', 'Diese Maschine, ohne SSH')),
    z
      .strictObject({
        address: address
          .optional()
          .meta(
            about(
              'As for ssh: a name of ~/.ssh/config, host, or user@host. Absent: this machine',
              'Wie für ssh: ein Name aus ~/.ssh/config, host oder user@host. Fehlt es: diese Maschine',
              'deploy@web1.example.org',
            ),
          ),
        port: port.optional().meta(about('Port of its SSH server', 'Port seines SSH-Servers', 22)),
        roles: z
          .array(name)
          .min(1)
          .default(['web'])
          .meta(
            about(
              'What it does here; services and checks name roles',
              'Was er hier tut; Dienste und Prüfungen nennen Rollen',
            ),
          ),
        root: absolutePath
          .optional()
          .meta(
            about(
              'Directory of the app on this host, when it differs',
              'Verzeichnis der App auf diesem Host, wenn es abweicht',
              '/srv/app',
            ),
          ),
        identityFile: z
          .string()
          .min(1)
          .optional()
          .meta(about('Private key for ssh', 'Privater Schlüssel für ssh', '~/.ssh/deploy')),
        jump: z
          .string()
          .regex(
            /^[A-Za-z0-9_][A-Za-z0-9_.@:,-]*$/,
            says('must be a jump host, such as user@gate', 'muss ein Sprunghost sein, etwa user@gate'),
          )
          .optional()
          .meta(about('Jump host, as ssh -J', 'Sprunghost, wie ssh -J', 'user@gate.example.org')),
        sshConfig: z
          .string()
          .min(1)
          .optional()
          .meta(
            about(
              'ssh_config file to use instead of the default',
              'ssh_config-Datei, die statt der üblichen gilt',
              'deploy/ssh_config',
            ),
          ),
        env: variables.meta(
          about(
            'Variables of this host, over those of the environment',
            'Variablen dieses Hosts, vor denen der Umgebung',
            { REGION: 'eu' },
          ),
        ),
      })
      .meta(about('A machine reached by SSH', 'Eine Maschine, die über SSH erreicht wird')),
  ])
  .meta(about('One machine', 'Eine Maschine'))

export const environment = z
  .strictObject({
    root: absolutePath.meta(
      about('Directory of the app on each host', 'Verzeichnis der App auf jedem Host', '/srv/app'),
    ),
    hosts: z
      .record(name, hostEntry)
      .refine(
        hosts => Object.keys(hosts).length > 0,
        says('needs at least one host', 'braucht mindestens einen Host'),
      )
      .meta(about('Its machines', 'Ihre Maschinen')),
    batches: z
      .array(
        z.union([
          z.int().min(1),
          z
            .string()
            .regex(
              /^(100|[1-9]\d?)%$/,
              says('must be a share from "1%" to "100%"', 'muss ein Anteil von "1%" bis "100%" sein'),
            ),
        ]),
      )
      .default([])
      .meta(
        about(
          'Sizes of the groups that switch one after the other; the first is the canary host. Default: all at once',
          'Größen der Gruppen, die nacheinander umschalten; die erste ist die Probe. Sonst: alle zugleich',
          [1, '50%', '100%'],
        ),
      ),
    onHostFailure: z
      .enum(['undo', 'leave-out'])
      .default('undo')
      .meta(
        about(
          'undo: one failing host undoes the fleet. leave-out: it keeps its old release and is named',
          'undo: ein scheiternder Host nimmt alle zurück. leave-out: er behält sein altes Release und wird genannt',
        ),
      ),
    branch: z
      .string()
      .min(1)
      .optional()
      .meta(
        about(
          'Only commits of this branch are deployed here',
          'Nur Commits dieses Zweigs kommen hierher',
          'main',
        ),
      ),
    confirm: z
      .boolean()
      .default(false)
      .meta(about('Ask before a deploy; --yes answers', 'Vor einem Deploy fragen; --yes antwortet')),
    parallel: z
      .int()
      .min(1)
      .max(100)
      .default(30)
      .meta(about('Hosts worked on at the same time', 'Hosts, an denen zugleich gearbeitet wird')),
    lease: durationOr('60s').meta(
      about(
        'A lock without a heartbeat for this long belongs to a dead run',
        'Eine Sperre, die so lange ohne Lebenszeichen ist, gehört einem toten Lauf',
      ),
    ),
    env: variables.meta(
      about(
        'Variables of this environment: for ${VAR} in this file and for every command on its hosts',
        'Variablen dieser Umgebung: für ${VAR} in dieser Datei und für jeden Befehl auf ihren Hosts',
        {
          DOMAIN: 'www.example.org',
        },
      ),
    ),
    override: z
      .record(z.string(), z.unknown())
      .default({})
      .meta(
        about(
          'Any other section, merged over the general one for this environment; null removes a section or an entry',
          'Jeder andere Abschnitt, für diese Umgebung über den allgemeinen gelegt; null entfernt Abschnitt oder Eintrag',
          { release: { keep: 3 } },
        ),
      ),
  })
  .meta(about('One place where the app runs', 'Ein Ort, an dem die App läuft'))
export type Environment = z.infer<typeof environment>
