// How a part of the app is started, stopped and proven ready.
import { z } from 'zod'
import { bytes, command, durationOr, port } from './scalar.ts'
import { common, onePort, ready, stopTimeout } from './services/common.ts'
import { composeService } from './services/compose.ts'
import { about, says } from './words.ts'

export type { ComposeService } from './services/compose.ts'
export type { Drain } from './services/drain.ts'

/** What happens when a process ends by itself with an error. */
const restart = z
  .strictObject({
    onFailure: z
      .boolean()
      .default(true)
      .meta(
        about(
          'Start it again when it ends with an exit code other than 0',
          'Neu starten, wenn er mit einem anderen Exit-Code als 0 endet',
        ),
      ),
    max: z
      .int()
      .min(1)
      .max(1000)
      .default(5)
      .meta(
        about(
          'Restarts within the time; one crash more and it stays down, visible as crashed',
          'Neustarts innerhalb der Zeit; nach einem weiteren Absturz bleibt er liegen, sichtbar als abgestürzt',
        ),
      ),
    within: durationOr('10m').meta(
      about('Time over which restarts are counted', 'Zeit, über die Neustarts gezählt werden'),
    ),
    delay: durationOr('1s').meta(
      about(
        'Pause before the first restart; doubles with each further one, 30 s at most',
        'Pause vor dem ersten Neustart; verdoppelt sich mit jedem weiteren, höchstens 30 s',
      ),
    ),
  })
  .prefault({})
  .meta(about('What happens after a crash', 'Was nach einem Absturz geschieht'))

export const processService = z
  .strictObject({
    kind: z
      .literal('process')
      .meta(about('Stellwerk starts and watches it itself', 'Stellwerk startet und beobachtet ihn selbst')),
    command: command.meta(
      about(
        'Foreground command; ${PORT} and ${RELEASE} are set for it',
        'Befehl im Vordergrund; ${PORT} und ${RELEASE} sind für ihn gesetzt',
        'node server.js',
      ),
    ),
    ports: z
      .array(port)
      .max(2)
      .default([])
      .meta(
        about(
          'None: a worker. One: stopped before its successor starts. Two: old and new overlap, no request is lost',
          'Keiner: ein Arbeiter. Einer: hält an, bevor sein Nachfolger startet. Zwei: alt und neu überlappen, keine Anfrage geht verloren',
          [3001, 3002],
        ),
      ),
    ready,
    stop: z
      .strictObject({
        signal: z
          .enum(['TERM', 'INT', 'QUIT', 'HUP', 'USR1', 'USR2'])
          .default('TERM')
          .meta(about('Signal that asks it to end', 'Signal, das ihn um sein Ende bittet')),
        timeout: stopTimeout,
      })
      .prefault({})
      .meta(about('How it is ended', 'Wie er beendet wird')),
    restart,
    log: z
      .strictObject({
        maxSize: bytes
          .prefault('10MB')
          .meta(about('Size at which the log file is rotated', 'Größe, ab der die Logdatei rotiert')),
        keep: z
          .int()
          .min(1)
          .max(50)
          .default(5)
          .meta(about('Rotated files to keep', 'Wie viele rotierte Dateien bleiben')),
      })
      .prefault({})
      .meta(about('The log file of its output', 'Die Logdatei seiner Ausgabe')),
    ...common,
  })
  .meta(about('A process that Stellwerk starts itself', 'Ein Prozess, den Stellwerk selbst startet'))

export const systemdService = z
  .strictObject({
    kind: z
      .literal('systemd')
      .meta(about('systemd starts and watches it', 'systemd startet und beobachtet ihn')),
    command: command
      .optional()
      .meta(
        about(
          'When given, the unit is generated; else `unit` must exist on the host',
          'Wenn angegeben, wird die Unit erzeugt; sonst muss `unit` auf dem Host vorhanden sein',
          '/usr/bin/node server.js',
        ),
      ),
    unit: z
      .string()
      .regex(
        /^[A-Za-z0-9:_.@][A-Za-z0-9:_.@-]*\.service$/,
        says(
          'must be a unit name that ends with ".service"',
          'muss ein Unit-Name sein, der auf ".service" endet',
        ),
      )
      .optional()
      .meta(
        about(
          'Default: <app>-<environment>-<service>.service',
          'Sonst: <App>-<Umgebung>-<Dienst>.service',
          'app.service',
        ),
      ),
    user: z
      .string()
      .regex(
        /^[a-z_][a-z0-9_-]*$/,
        says('must be a user name, such as "app"', 'muss ein Benutzername sein, etwa "app"'),
      )
      .optional()
      .meta(
        about(
          'User it runs as, in a generated unit',
          'Benutzer, unter dem er läuft, in einer erzeugten Unit',
          'app',
        ),
      ),
    scope: z
      .enum(['system', 'user'])
      .default('system')
      .meta(
        about(
          'The manager: of the machine or of the user',
          'Der Verwalter: der der Maschine oder der des Benutzers',
        ),
      ),
    sudo: z
      .boolean()
      .default(false)
      .meta(about('Call systemctl through sudo -n', 'systemctl über sudo -n aufrufen')),
    onDeploy: z
      .enum(['restart', 'reload'])
      .default('restart')
      .meta(about('What a deploy does to the unit', 'Was ein Deploy mit der Unit macht')),
    ports: onePort,
    ready,
    stop: z
      .strictObject({ timeout: stopTimeout })
      .prefault({})
      .meta(about('How it is ended', 'Wie er beendet wird')),
    ...common,
  })
  .meta(
    about('A systemd unit, generated or already there', 'Eine systemd-Unit, erzeugt oder schon vorhanden'),
  )

export const commandService = z
  .strictObject({
    kind: z
      .literal('command')
      .meta(about('Your own commands start and stop it', 'Eigene Befehle starten und stoppen ihn')),
    start: command.meta(
      about('Starts it and returns', 'Startet ihn und kehrt zurück', 'docker compose up -d'),
    ),
    stop: command.meta(
      about(
        'Stops it and returns when it has ended',
        'Hält ihn an und kehrt zurück, wenn er beendet ist',
        'docker compose stop',
      ),
    ),
    status: command.meta(
      about(
        'Exit code 0 means running',
        'Ende mit 0 heißt: läuft',
        'docker compose ps --status running -q | grep -q .',
      ),
    ),
    reload: command
      .optional()
      .meta(
        about(
          'When given, a deploy reloads instead of stop + start',
          'Wenn angegeben, lädt ein Deploy neu statt anzuhalten und zu starten',
          'docker compose up -d --wait',
        ),
      ),
    timeout: durationOr('60s').meta(about('Time for each of its commands', 'Zeit für jeden seiner Befehle')),
    ports: onePort,
    ready,
    ...common,
  })
  .meta(about('A service with commands of your own', 'Ein Dienst mit eigenen Befehlen'))

export const service = z
  .discriminatedUnion('kind', [processService, systemdService, commandService, composeService])
  .meta(about('One part of the app that runs', 'Ein Teil der App, der läuft'))
export type Service = z.infer<typeof service>
export type ProcessService = z.infer<typeof processService>
export type SystemdService = z.infer<typeof systemdService>
export type CommandService = z.infer<typeof commandService>
