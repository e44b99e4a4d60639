// What a team tells others, and what it keeps for later.
import { exitCode } from '../../core/exit-code.ts'
import { text } from '../../core/lang.ts'
import type { Command, Flag } from '../command.ts'
import { environment, hosts, reading, roles } from './shared.ts'

const { done, failedAndUnchanged, usage, config, checkSaysNo } = exitCode

const markdown: Flag = {
  name: 'markdown',
  about: text('as a table of Markdown', 'als Tabelle in Markdown'),
}
const out: Flag = {
  name: 'out',
  value: 'file',
  about: text('write it there instead of showing it', 'dorthin schreiben, statt es zu zeigen'),
}
const force: Flag = {
  name: 'force',
  about: text('overwrite the file', 'die Datei überschreiben'),
}

export const recording: readonly Command[] = [
  {
    name: 'notify test',
    about: text(
      'send a test to every channel, or to one, and say what happened; exit code 5 when one fails',
      'einen Test an alle Kanäle oder einen senden und sagen, was geschah; Exit-Code 5, wenn einer versagt',
    ),
    args: [environment, { name: 'channel', about: text('channel (default: all)', 'Kanal (Vorgabe: alle)') }],
    examples: ['stellwerk notify test production', 'stellwerk notify test production team-mail'],
    exits: [done, failedAndUnchanged, usage, config, checkSaysNo],
    load: () => import('../run/notify-test.ts'),
  },
  {
    name: 'versions',
    about: text(
      'the version table: version, date, who, release, state, notes',
      'die Versionstabelle: Version, Datum, wer, Release, Zustand, Notizen',
    ),
    args: [environment],
    flags: [markdown, hosts, roles],
    examples: ['stellwerk versions production', 'stellwerk versions production --markdown'],
    exits: reading,
    load: () => import('../run/versions.ts'),
  },
  {
    name: 'changelog',
    about: text(
      'the skeleton of release notes: the commits between the live release and HEAD',
      'das Gerüst der Versionshinweise: die Commits zwischen dem dienenden Release und HEAD',
    ),
    args: [environment],
    flags: [
      {
        name: 'from',
        value: 'commit',
        about: text('from this commit or tag; asks no host', 'ab diesem Commit oder Tag; fragt keinen Host'),
      },
      {
        name: 'to',
        value: 'commit',
        about: text('up to this one (default: HEAD)', 'bis zu diesem (Vorgabe: HEAD)'),
      },
      out,
      force,
      hosts,
      roles,
    ],
    examples: ['stellwerk changelog production', 'stellwerk changelog --from v1.3.0 --to v1.4.0 --lang de'],
    exits: [...reading, failedAndUnchanged],
    load: () => import('../run/changelog.ts'),
  },
  {
    name: 'contacts',
    about: text('whom to ask, and who may decide what', 'wen man fragt, und wer was entscheidet'),
    args: [environment],
    flags: [markdown],
    examples: ['stellwerk contacts production'],
    exits: [done, usage, config],
    load: () => import('../run/contacts.ts'),
  },
  {
    name: 'postmortem',
    about: text(
      'the skeleton of a post-mortem from what a run left on the hosts: timeline, checks, signatures, open questions',
      'das Gerüst einer Nachbetrachtung aus dem, was ein Lauf auf den Hosts hinterließ: Ablauf, Prüfungen, Unterschriften, offene Fragen',
    ),
    args: [
      {
        name: 'run',
        about: text('run, as history shows it', 'Lauf, wie history ihn zeigt'),
        required: true,
      },
      environment,
    ],
    flags: [out, force, hosts, roles],
    examples: ['stellwerk postmortem 20261121_083951-deploy-081423 production --out postmortem.md'],
    exits: [...reading, failedAndUnchanged],
    load: () => import('../run/postmortem.ts'),
  },
]
