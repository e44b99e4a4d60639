// From a commit to a release that serves, and back.
import { exitCode } from '../../core/exit-code.ts'
import { text } from '../../core/lang.ts'
import type { Command, Flag } from '../command.ts'
import { confirmFlag } from './restore.ts'
import { changing, environment, hosts, roles, source, wait, waivers } from './shared.ts'

const { done, failedAndUnchanged, config, unreachable } = exitCode

const withoutBackup: Flag = {
  name: 'without-backup',
  value: 'reason',
  about: text(
    'migrate without a backup; the reason is kept with the run',
    'ohne Backup migrieren; der Grund bleibt beim Lauf',
  ),
}

export const releasing: readonly Command[] = [
  {
    name: 'build',
    about: text(
      'build and test a clean export of a commit into a bundle',
      'einen sauberen Export eines Commits zu einem Bundle bauen und testen',
    ),
    flags: [...source.filter(flag => flag.name === 'ref' || flag.name === 'dirty')],
    examples: ['stellwerk build', 'stellwerk build --ref v1.4.0 --json'],
    exits: [done, failedAndUnchanged, config],
    load: () => import('../run/build.ts'),
  },
  {
    name: 'plan',
    about: text(
      'show what a deploy would do, without doing it',
      'zeigen, was ein Deploy täte, ohne es zu tun',
    ),
    args: [
      { name: 'procedure', about: text('deploy or rollback', 'deploy oder rollback'), required: true },
      environment,
    ],
    flags: [
      ...source,
      { name: 'to', value: 'release', about: text('target of a rollback', 'Ziel eines Rollbacks') },
      {
        name: 'with-data',
        about: text(
          'plan a rollback that takes the migrated databases back too',
          'einen Rollback planen, der auch die migrierten Datenbanken zurücknimmt',
        ),
      },
      {
        name: 'save',
        value: 'file',
        about: text('write the plan, for deploy --plan', 'den Plan schreiben, für deploy --plan'),
      },
      withoutBackup,
      ...waivers,
      hosts,
      roles,
    ],
    examples: ['stellwerk plan deploy production', 'stellwerk plan deploy production --save plan.json'],
    exits: [done, failedAndUnchanged, config, unreachable],
    load: () => import('../run/plan.ts'),
  },
  {
    name: 'deploy',
    about: text(
      'build, send, switch, prove - or take everything back',
      'bauen, senden, umschalten, beweisen - oder alles zurücknehmen',
    ),
    args: [environment],
    flags: [
      ...source,
      {
        name: 'plan',
        value: 'file',
        about: text(
          'apply a saved plan, only if the facts still hold',
          'einen gespeicherten Plan anwenden, nur wenn die Tatsachen noch stimmen',
        ),
      },
      { name: 'dry-run', about: text('the same as plan deploy', 'dasselbe wie plan deploy') },
      withoutBackup,
      ...waivers,
      {
        name: 'notes',
        value: 'text',
        about: text(
          'notes for the version table (default: subject of the commit)',
          'Notiz für die Versionstabelle (Vorgabe: Betreff des Commits)',
        ),
      },
      wait,
      hosts,
      roles,
    ],
    examples: [
      'stellwerk deploy staging',
      'stellwerk deploy production --ref v1.4.0 --wait 5m',
      'stellwerk deploy production --plan plan.json --yes',
    ],
    exits: changing,
    load: () => import('../run/deploy.ts'),
  },
  {
    name: 'rollback',
    about: text(
      'go back to the last proven release, or to a named one, through the same pipeline',
      'zum letzten bewährten Release zurück, oder zu einem genannten, auf demselben Weg',
    ),
    args: [environment],
    flags: [
      {
        name: 'to',
        value: 'release',
        about: text(
          'release to go back to (see: stellwerk releases)',
          'Release, zu dem es zurückgeht (siehe: stellwerk releases)',
        ),
      },
      {
        name: 'with-data',
        about: text(
          'take the migrated databases back too, to the set that was made before the migration',
          'auch die migrierten Datenbanken zurücknehmen, auf den Satz von vor der Migration',
        ),
      },
      confirmFlag,
      ...waivers,
      wait,
      hosts,
      roles,
    ],
    examples: [
      'stellwerk rollback production',
      'stellwerk rollback production --to 20261121_021500-abc1234 --yes',
      'stellwerk rollback production --with-data --confirm askpro',
    ],
    exits: changing,
    load: () => import('../run/rollback.ts'),
  },
  {
    name: 'recover',
    about: text(
      'finish or undo a run whose command died',
      'einen Lauf zu Ende bringen oder zurücknehmen, dessen Befehl starb',
    ),
    args: [environment],
    flags: [
      { name: 'finish', about: text('go on instead of undoing', 'weitermachen, statt zurückzunehmen') },
      {
        name: 'undo',
        about: text(
          'undo; refused once the release is proven (use rollback)',
          'zurücknehmen; verweigert, sobald das Release bewährt ist (dann rollback)',
        ),
      },
      {
        name: 'steal',
        value: 'reason',
        about: text(
          'take over although the other command may still live',
          'übernehmen, obwohl der andere Befehl noch leben könnte',
        ),
      },
    ],
    examples: ['stellwerk recover production', 'stellwerk recover production --steal "laptop was lost"'],
    exits: changing,
    load: () => import('../run/recover.ts'),
  },
]
