// What several commands take, and how they end.
import { exitCode } from '../../core/exit-code.ts'
import { text } from '../../core/lang.ts'
import type { Argument, Flag } from '../command.ts'

const {
  done,
  failedAndUnchanged,
  config,
  needsALook,
  checkSaysNo,
  locked,
  unreachable,
  declined,
  usage,
  waiting,
} = exitCode

export const environment: Argument = {
  name: 'environment',
  about: text(
    'environment of stellwerk.yaml; may be left out when there is only one',
    'Umgebung aus stellwerk.yaml; entbehrlich, wenn es nur eine gibt',
  ),
}
export const service: Argument = {
  name: 'service',
  about: text('service (default: all)', 'Dienst (Vorgabe: alle)'),
}
export const hosts: Flag = {
  name: 'hosts',
  value: 'names',
  about: text('only these hosts, comma-separated', 'nur diese Hosts, durch Komma getrennt'),
}
export const roles: Flag = {
  name: 'roles',
  value: 'names',
  about: text('only hosts with one of these roles', 'nur Hosts mit einer dieser Rollen'),
}
export const wait: Flag = {
  name: 'wait',
  value: 'duration',
  about: text(
    'wait this long for another run to end, such as 5m',
    'so lange auf einen anderen Lauf warten, etwa 5m',
  ),
}
export const source: readonly Flag[] = [
  {
    name: 'ref',
    value: 'commit',
    about: text(
      'commit, tag or branch to build (default: HEAD)',
      'zu bauender Commit, Tag oder Branch (Vorgabe: HEAD)',
    ),
  },
  {
    name: 'bundle',
    value: 'file',
    about: text(
      'deploy this bundle instead of building one',
      'dieses Bundle ausrollen, statt eines zu bauen',
    ),
  },
  {
    name: 'dirty',
    about: text(
      'build the working tree as it is; recorded with the release',
      'das Arbeitsverzeichnis bauen, wie es ist; wird beim Release vermerkt',
    ),
  },
  {
    name: 'full',
    about: text('send every file, not only what changed', 'jede Datei senden, nicht nur Geändertes'),
  },
]
/** Lets checks not count, by a named person; see withWaivers. */
export const waivers: readonly Flag[] = [
  {
    name: 'waive',
    value: 'check',
    many: true,
    about: text(
      'this check does not count; with --reason and --until, and shown in every report',
      'diese Prüfung zählt nicht; mit --reason und --until, und gezeigt in jedem Bericht',
    ),
  },
  {
    name: 'reason',
    value: 'text',
    about: text('why a check is waived', 'warum eine Prüfung übergangen wird'),
  },
  {
    name: 'until',
    value: 'date',
    about: text(
      'last day of the waiver, at most 90 days ahead',
      'letzter Tag der Ausnahme, höchstens 90 Tage voraus',
    ),
  },
]
export const changing = [
  done,
  failedAndUnchanged,
  usage,
  config,
  needsALook,
  checkSaysNo,
  locked,
  unreachable,
  declined,
  waiting,
]
export const reading = [done, usage, config, unreachable]
