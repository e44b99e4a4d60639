// Before the first deploy, and before each: what the file says, and whether a deploy can work.
import { exitCode } from '../../core/exit-code.ts'
import { text } from '../../core/lang.ts'
import type { Command } from '../command.ts'
import { environment, hosts, roles, waivers } from './shared.ts'

const { done, failedAndUnchanged, config, checkSaysNo, unreachable, usage } = exitCode

export const preparing: readonly Command[] = [
  {
    name: 'init',
    about: text(
      'write a commented stellwerk.yaml for this directory',
      'eine kommentierte stellwerk.yaml für dieses Verzeichnis schreiben',
    ),
    flags: [
      {
        name: 'kind',
        value: 'kind',
        about: text(
          'kind of project (default: seen in the directory)',
          'Art des Projekts (Vorgabe: am Verzeichnis erkannt)',
        ),
        values: ['node', 'static', 'php', 'python', 'compose'],
      },
      { name: 'force', about: text('overwrite an existing file', 'eine vorhandene Datei überschreiben') },
    ],
    examples: ['stellwerk init', 'stellwerk init --kind php --lang de'],
    exits: [done, failedAndUnchanged, usage],
    load: () => import('../run/init.ts'),
  },
  {
    name: 'validate',
    about: text(
      'report every problem of stellwerk.yaml at once',
      'alle Probleme der stellwerk.yaml auf einmal melden',
    ),
    examples: ['stellwerk validate', 'stellwerk validate --config deploy/stellwerk.yaml --json'],
    exits: [done, config, usage],
    load: () => import('../run/validate.ts'),
  },
  {
    name: 'explain',
    about: text('explain a key of stellwerk.yaml', 'einen Schlüssel der stellwerk.yaml erklären'),
    args: [
      {
        name: 'path',
        about: text(
          'path of the key, such as services.web.ready',
          'Pfad des Schlüssels, etwa services.web.ready',
        ),
      },
    ],
    examples: ['stellwerk explain release.shared', 'stellwerk explain verify.identity'],
    exits: [done, usage],
    load: () => import('../run/explain.ts'),
  },
  {
    name: 'doctor',
    about: text(
      'prove before the window that a deploy can work: all findings at once',
      'vor dem Fenster beweisen, dass ein Deploy gelingen kann: alle Befunde auf einmal',
    ),
    args: [environment],
    flags: [
      {
        name: 'report',
        value: 'file',
        about: text(
          'write the list of deviations as Markdown: claimed, found, what mends it',
          'die Liste der Abweichungen als Markdown schreiben: behauptet, gefunden, was es behebt',
        ),
      },
      hosts,
      roles,
    ],
    examples: ['stellwerk doctor production', 'stellwerk doctor production --report deviations.md'],
    exits: [done, config, checkSaysNo, unreachable],
    load: () => import('../run/doctor.ts'),
  },
  {
    name: 'check',
    about: text('run checks against the environment now', 'Prüfungen jetzt gegen die Umgebung ausführen'),
    args: [environment],
    flags: [
      { name: 'gate', about: text('the gates', 'die Gates') },
      { name: 'health', about: text('the health checks', 'die Health-Checks') },
      { name: 'smoke', about: text('the smoke checks', 'die Smoke-Checks') },
      {
        name: 'only',
        value: 'names',
        about: text('only these checks, comma-separated', 'nur diese Prüfungen, durch Komma getrennt'),
      },
      ...waivers,
      hosts,
      roles,
    ],
    examples: ['stellwerk check production --health', 'stellwerk check staging --only home,api --json'],
    exits: [done, config, checkSaysNo, unreachable],
    load: () => import('../run/check.ts'),
  },
]
