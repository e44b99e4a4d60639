// Hands on what serves, and on who may change it.
import { exitCode } from '../../core/exit-code.ts'
import { text } from '../../core/lang.ts'
import type { Command } from '../command.ts'
import { confirmFlag } from './restore.ts'
import { changing, environment, hosts, reading, roles, service, wait } from './shared.ts'

const { done, failedAndUnchanged, config, unreachable, usage } = exitCode

export const operating: readonly Command[] = [
  {
    name: 'restart',
    about: text(
      'restart services in order, each until it is ready',
      'Dienste der Reihe nach neu starten, jeden bis er bereit ist',
    ),
    args: [environment, service],
    flags: [
      { name: 'service', value: 'name', about: text('the same as a flag', 'dasselbe als Schalter') },
      wait,
      hosts,
      roles,
    ],
    examples: ['stellwerk restart production worker'],
    exits: changing,
    load: () => import('../run/restart.ts'),
  },
  {
    name: 'exec',
    about: text(
      'run a command in the current release on each host',
      'einen Befehl im aktuellen Release auf jedem Host ausführen',
    ),
    args: [environment, { name: 'command', about: text('the command', 'der Befehl'), rest: true }],
    flags: [hosts, roles],
    examples: ['stellwerk exec production -- php artisan about'],
    exits: [...reading, failedAndUnchanged],
    load: () => import('../run/exec.ts'),
  },
  {
    name: 'shell',
    about: text(
      'a shell in the current release of one host, or in the container of a service',
      'eine Shell im aktuellen Release eines Hosts, oder im Container eines Dienstes',
    ),
    args: [
      environment,
      { name: 'service', about: text('service whose place it is', 'Dienst, um dessen Ort es geht') },
    ],
    flags: [hosts, roles],
    examples: ['stellwerk shell production --hosts web1', 'stellwerk shell production worker'],
    exits: [...reading, failedAndUnchanged],
    load: () => import('../run/shell.ts'),
  },
  {
    name: 'db',
    about: text(
      "open the database's own client, signed in by a private file on the host that is removed afterwards",
      'den Client der Datenbank öffnen, angemeldet über eine private Datei auf dem Host, die danach entfernt wird',
    ),
    args: [
      environment,
      { name: 'database', about: text('database (default: the only one)', 'Datenbank (sonst die einzige)') },
    ],
    flags: [
      {
        name: 'query',
        value: 'sql',
        about: text(
          'one question instead of a session; it only reads, unless it says otherwise itself',
          'eine Frage statt einer Sitzung; sie liest nur, wenn sie nicht selbst anderes sagt',
        ),
      },
    ],
    examples: [
      'stellwerk db production main',
      'stellwerk db production main --query "select count(*) from users"',
    ],
    exits: [...reading, failedAndUnchanged],
    load: () => import('../run/db.ts'),
  },
  {
    name: 'operation',
    about: text(
      'run a declared command in the release that serves; those that destroy data ask for a name and a fresh backup',
      'einen hinterlegten Befehl im dienenden Release ausführen; was Daten zerstört, verlangt einen Namen und ein frisches Backup',
    ),
    args: [
      environment,
      {
        name: 'name',
        about: text('operation (without it: list them)', 'Operation (ohne: sie auflisten)'),
      },
    ],
    flags: [confirmFlag, wait],
    examples: ['stellwerk operation production', 'stellwerk operation production reset-index --confirm main'],
    exits: changing,
    load: () => import('../run/operation.ts'),
  },
  {
    name: 'freeze',
    about: text(
      'refuse deploys and rollbacks until a time',
      'Deploys und Rollbacks bis zu einem Zeitpunkt verweigern',
    ),
    args: [environment],
    flags: [
      { name: 'reason', value: 'text', about: text('why', 'warum') },
      {
        name: 'until',
        value: 'time',
        about: text('ISO time, or a duration such as 2h', 'ISO-Zeit oder eine Dauer wie 2h'),
      },
    ],
    examples: ['stellwerk freeze production --reason "trade fair" --until 2026-12-01T08:00'],
    exits: [done, usage, config, unreachable],
    load: () => import('../run/freeze.ts'),
  },
  {
    name: 'unfreeze',
    about: text('allow deploys again', 'Deploys wieder erlauben'),
    args: [environment],
    examples: ['stellwerk unfreeze production'],
    exits: [done, config, unreachable],
    load: () => import('../run/unfreeze.ts'),
  },
]
