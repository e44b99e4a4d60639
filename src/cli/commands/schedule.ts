// What runs by itself, at its time.
import { exitCode } from '../../core/exit-code.ts'
import { text } from '../../core/lang.ts'
import type { Command, Flag } from '../command.ts'
import { changing, environment } from './shared.ts'

const { done, failedAndUnchanged, usage, config } = exitCode
const here = [done, failedAndUnchanged, usage, config]

const where: readonly Flag[] = [
  {
    name: 'systemd',
    about: text(
      'as systemd timers (default where systemd runs)',
      'als systemd-Timer (Vorgabe, wo systemd läuft)',
    ),
  },
  { name: 'cron', about: text('in the crontab of this user', 'in der Crontab dieses Benutzers') },
  {
    name: 'user',
    about: text(
      'units of this user instead of the system (default unless root)',
      'Units dieses Benutzers statt des Systems (Vorgabe, außer für root)',
    ),
  },
  { name: 'print', about: text('only print them', 'nur ausgeben') },
]

export const scheduling: readonly Command[] = [
  {
    name: 'schedule',
    about: text(
      'stay in the foreground and run what backup.schedule says; what was missed is caught up once',
      'im Vordergrund bleiben und ausführen, was backup.schedule sagt; Versäumtes wird einmal nachgeholt',
    ),
    args: [environment],
    flags: [
      {
        name: 'once',
        about: text('run what is due now, then end', 'ausführen, was jetzt fällig ist, dann enden'),
      },
    ],
    examples: ['stellwerk schedule production', 'stellwerk schedule production --once'],
    exits: changing,
    load: () => import('../run/schedule.ts'),
  },
  {
    name: 'schedule list',
    about: text(
      'show the entries, when they last ran here, and when they are due',
      'die Einträge zeigen, wann sie hier zuletzt liefen und wann sie fällig sind',
    ),
    args: [environment],
    examples: ['stellwerk schedule list production'],
    exits: here,
    load: () => import('../run/schedule-list.ts'),
  },
  {
    name: 'schedule install',
    about: text(
      'have systemd or cron of this machine run the entries',
      'die Einträge von systemd oder cron dieser Maschine ausführen lassen',
    ),
    args: [environment],
    flags: where,
    examples: [
      'stellwerk schedule install production',
      'stellwerk schedule install production --cron --print',
    ],
    exits: here,
    load: () => import('../run/schedule-install.ts'),
  },
  {
    name: 'schedule remove',
    about: text('take back what install wrote', 'zurücknehmen, was install geschrieben hat'),
    args: [environment],
    flags: where.filter(({ name }) => name !== 'print'),
    examples: ['stellwerk schedule remove production'],
    exits: here,
    load: () => import('../run/schedule-remove.ts'),
  },
]
