// What is true on the hosts; nothing is changed but a pin.
import { exitCode } from '../../core/exit-code.ts'
import { text } from '../../core/lang.ts'
import type { Command } from '../command.ts'
import { environment, hosts, reading, roles, service } from './shared.ts'

const { failedAndUnchanged, checkSaysNo } = exitCode

export const looking: readonly Command[] = [
  {
    name: 'status',
    about: text(
      'which release serves, which processes run, who holds locks; whether they answer, check --health asks',
      'welches Release dient, welche Prozesse laufen, wer Sperren hält; ob sie antworten, fragt check --health',
    ),
    args: [environment],
    flags: [hosts, roles],
    examples: ['stellwerk status production', 'stellwerk status --json'],
    exits: [...reading, checkSaysNo],
    load: () => import('../run/status.ts'),
  },
  {
    name: 'releases',
    about: text(
      'the version table: releases on the hosts, their state, who deployed them',
      'die Versionstabelle: Releases auf den Hosts, ihr Zustand, wer sie ausgerollt hat',
    ),
    args: [environment],
    flags: [
      {
        name: 'pin',
        value: 'release',
        about: text(
          'keep this release whatever retention says',
          'dieses Release behalten, was immer die Aufbewahrung sagt',
        ),
      },
      {
        name: 'unpin',
        value: 'release',
        about: text('give it back to retention', 'sie der Aufbewahrung zurückgeben'),
      },
      hosts,
      roles,
    ],
    examples: [
      'stellwerk releases production',
      'stellwerk releases production --pin 20261121_021500-abc1234',
    ],
    exits: [...reading, failedAndUnchanged],
    load: () => import('../run/releases.ts'),
  },
  {
    name: 'history',
    about: text(
      'runs on the hosts: what was done, by whom, how it ended',
      'Läufe auf den Hosts: was getan wurde, von wem, wie es endete',
    ),
    args: [environment],
    flags: [hosts, roles],
    examples: ['stellwerk history production'],
    exits: reading,
    load: () => import('../run/history.ts'),
  },
  {
    name: 'logs',
    about: text('logs of a service, or of a run', 'Logs eines Dienstes oder eines Laufs'),
    args: [environment, service],
    flags: [
      { name: 'service', value: 'name', about: text('the same as a flag', 'dasselbe als Schalter') },
      {
        name: 'run',
        value: 'id',
        about: text('output of this run instead', 'stattdessen die Ausgabe dieses Laufs'),
      },
      {
        name: 'lines',
        value: 'n',
        about: text('lines from the end (default: 50)', 'Zeilen vom Ende (Vorgabe: 50)'),
      },
      {
        name: 'grep',
        value: 'text',
        about: text('only lines that contain the text', 'nur Zeilen mit diesem Text'),
      },
      {
        name: 'since',
        value: 'duration',
        about: text(
          'nothing older, such as 10m; for systemd and containers',
          'nichts Älteres, etwa 10m; für systemd und Container',
        ),
      },
      { name: 'follow', about: text('go on until Ctrl-C', 'weiter bis Strg-C') },
      hosts,
      roles,
    ],
    examples: [
      'stellwerk logs production web --follow',
      'stellwerk logs production worker --since 10m --grep ERROR',
      'stellwerk logs production --run 20261121_021500-deploy-1f3a9c',
    ],
    exits: reading,
    load: () => import('../run/logs.ts'),
  },
]
