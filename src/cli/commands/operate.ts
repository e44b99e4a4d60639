// Hands on what serves, and on who may change it.
import { exitCode } from '../../core/exit-code.ts'
import { text } from '../../core/lang.ts'
import type { Command } from '../command.ts'
import { confirmFlag } from './restore.ts'
import { changing, environment, hosts, reading, roles, wait } from './shared.ts'

const { done, failedAndUnchanged, config, unreachable, usage } = exitCode

export const operating: readonly Command[] = [
  {
    name: 'restart',
    about: text(
      'restart services in order, each until it is ready',
      'Dienste der Reihe nach neu starten, jeden bis er bereit ist',
    ),
    args: [environment],
    flags: [
      { name: 'service', value: 'name', about: text('service (default: all)', 'Dienst (Vorgabe: alle)') },
      wait,
      hosts,
      roles,
    ],
    examples: ['stellwerk restart production --service worker'],
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
