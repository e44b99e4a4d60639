// Why a set was not brought to a destination, or counts for nothing there, in words.
import { text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'
import type { Manifest, Part } from '../set.ts'
import type { StoreStep } from './store.ts'

/** A set is never written over: half of the new one and half of the old one would both have a manifest. */
export function taken(step: StoreStep): Problem {
  return {
    code: 'STW-B033',
    what: text(
      `There is a set ${step.set} at ${step.destination} already`,
      `Es gibt bei ${step.destination} schon einen Satz ${step.set}`,
    ),
    why: text('a set is never written over', 'ein Satz wird nie überschrieben'),
    next: [
      text(
        'The same command again makes a set of another name',
        'Derselbe Befehl noch einmal macht einen Satz mit anderem Namen',
      ),
    ],
  }
}

export function differs(step: StoreStep, part: Pick<Part, 'file'>): Problem {
  return {
    code: 'STW-B031',
    what: text(
      `${part.file} differs at ${step.destination} from what was sent`,
      `${part.file} ist bei ${step.destination} anders, als es gesendet wurde`,
    ),
    why: text(
      'its SHA-256, read again there, is another; the file was removed',
      'ihr SHA-256, dort wieder gelesen, ist ein anderer; die Datei wurde entfernt',
    ),
    next: [
      text(
        `Test the disk and the line: stellwerk backup destination test ${step.head.environment} ${step.destination}`,
        `Platte und Leitung prüfen: stellwerk backup destination test ${step.head.environment} ${step.destination}`,
      ),
    ],
  }
}

export function suspect(step: StoreStep, doubts: Manifest['suspicions']): Problem {
  return {
    code: 'STW-B032',
    what: text(`Set ${step.set} does not look right`, `Der Satz ${step.set} sieht nicht richtig aus`),
    why: text(doubts.map(({ en }) => en).join('; '), doubts.map(({ de }) => de).join('; ')),
    next: step.strict
      ? [
          text(
            `If it is right: stellwerk deploy ${step.head.environment} --without-backup "<reason>"`,
            `Wenn es stimmt: stellwerk deploy ${step.head.environment} --without-backup "<Grund>"`,
          ),
        ]
      : [
          text(
            'It is kept as evidence and counts for nothing; look at the data first',
            'Er bleibt als Beleg und zählt für nichts; zuerst die Daten ansehen',
          ),
          text(
            `If it is right: stellwerk backup accept ${step.head.environment} ${step.set} --reason "<why>"`,
            `Wenn er stimmt: stellwerk backup accept ${step.head.environment} ${step.set} --reason "<warum>"`,
          ),
        ],
  }
}
