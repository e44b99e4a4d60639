// What people hold in their hands: the guide of the procedure, and the configuration of the web server before the app.
import { exitCode } from '../../core/exit-code.ts'
import { text } from '../../core/lang.ts'
import type { Command, Flag } from '../command.ts'
import { environment, reading } from './shared.ts'

const { done, usage, config, failedAndUnchanged, checkSaysNo } = exitCode

const out: Flag = {
  name: 'out',
  value: 'file',
  about: text('write it there instead of showing it', 'dorthin schreiben, statt es zu zeigen'),
}

export const guiding: readonly Command[] = [
  {
    name: 'runbook',
    about: text(
      'the whole procedure as a guide for people: each step of the plan with the commands to do it by hand',
      'der ganze Ablauf als Anleitung für Menschen: jeder Schritt des Plans mit den Befehlen, ihn von Hand zu tun',
    ),
    args: [environment],
    flags: [
      {
        name: 'format',
        value: 'format',
        values: ['markdown', 'html'],
        about: text('markdown or html (default: markdown)', 'markdown oder html (Vorgabe: markdown)'),
      },
      {
        name: 'offline',
        about: text(
          'ask no host and read no secret; the same words each time',
          'keinen Host fragen und kein Geheimnis lesen; jedes Mal dieselben Worte',
        ),
      },
      {
        name: 'bundle',
        value: 'file',
        about: text('for this bundle instead of <release>', 'für dieses Bundle statt für <release>'),
      },
      out,
    ],
    examples: [
      'stellwerk runbook production --offline --out RUNBOOK.md',
      'stellwerk runbook production --format html --out runbook.html',
    ],
    exits: [...reading, failedAndUnchanged],
    load: () => import('../run/runbook.ts'),
  },
  {
    name: 'proxy-config',
    about: text(
      'the configuration of nginx or Caddy before the app: static files, API path, TLS, a log without personal data',
      'die Konfiguration von nginx oder Caddy vor der App: statische Dateien, API-Pfad, TLS, ein Log ohne Personenbezug',
    ),
    args: [
      {
        name: 'server',
        about: text('nginx or caddy', 'nginx oder caddy'),
        required: true,
      },
      environment,
    ],
    flags: [
      {
        name: 'check',
        about: text(
          'let nginx -t or caddy validate of this machine check it; exit code 5 when it refuses or is not here',
          'nginx -t oder caddy validate dieser Maschine prüfen lassen; Exit-Code 5, wenn es ablehnt oder fehlt',
        ),
      },
      out,
    ],
    examples: [
      'stellwerk proxy-config nginx production --out app.conf',
      'stellwerk proxy-config caddy production --check',
    ],
    exits: [done, usage, config, failedAndUnchanged, checkSaysNo],
    load: () => import('../run/proxy-config.ts'),
  },
]
