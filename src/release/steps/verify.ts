// Proves that a release that lies on the host is still what was deployed, before users get it again.
import { text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'
import { quote } from '../../core/shell.ts'
import type { HostKind, Step } from '../../engine/step.ts'
import { layout } from '../layout.ts'
import { verifyByHand } from './by-hand.ts'
import { verifyContent } from './fragment.ts'

export interface VerifyStep extends Step {
  readonly kind: 'release.verify'
  readonly host: string
  readonly root: string
  readonly release: string
  readonly digest: string
  /** Who may have changed it: a release's own prepare commands, or somebody since its deploy. */
  readonly by?: 'prepare'
}

export const verifyKind: HostKind<VerifyStep> = {
  at: 'host',
  run: step => `cd ${quote(layout.release(step.root, step.release))} || sw_problem wrong .
${verifyContent(step.digest)}
sw_data files "$sw_good"`,
  undo: () => ':',
  inspect: () => 'echo undone',
  byHand: verifyByHand,
  describe: step =>
    text(
      `Compare every file of ${step.release} with its SHA-256`,
      `Jede Datei von ${step.release} mit ihrer SHA-256 vergleichen`,
    ),
  explain: (step, report) =>
    step.by === 'prepare' ? changedByPrepare(report.args[0] ?? '') : changedSince(step, report.args[0] ?? ''),
}

function changedByPrepare(file: string): Problem {
  return {
    code: 'STW-R352',
    what: text(
      `The prepare commands changed "${file}", which the bundle brought`,
      `Die prepare-Befehle haben „${file}“ verändert, das aus dem Bundle stammt`,
    ),
    why: text(
      'files of a bundle are shared between releases and stay as they were built',
      'Dateien eines Bundles teilen sich die Releases; sie bleiben, wie sie gebaut wurden',
    ),
    next: [
      text(
        'Write to another file, to a shared path, or do it in build.commands',
        'In eine andere Datei oder einen gemeinsamen Pfad schreiben, oder es in build.commands tun',
      ),
    ],
  }
}

function changedSince(step: VerifyStep, file: string): Problem {
  return {
    code: 'STW-R351',
    what: text(
      `"${file}" in ${step.release} was changed since it was deployed`,
      `„${file}“ in ${step.release} wurde seit dem Deploy verändert`,
    ),
    why: text('its SHA-256 differs from the manifest', 'die SHA-256 weicht vom Manifest ab'),
    next: [
      text('Choose another release: stellwerk releases', 'Ein anderes Release wählen: stellwerk releases'),
      text(
        'Or deploy that commit again: stellwerk deploy --ref <commit>',
        'Oder den Commit neu ausrollen: stellwerk deploy --ref <commit>',
      ),
    ],
  }
}
