// C010-C019: one key or value by itself.
import { type Text, text } from '../../core/lang.ts'
import { both, fault, list, meant } from './fault.ts'

export const valueFaults = {
  unknownKey: (key: string, parent: string, near: string | undefined, known: readonly string[]) =>
    fault(
      'C010',
      parent === ''
        ? text(`There is no section "${key}"`, `Einen Abschnitt "${key}" gibt es nicht`)
        : text(`${parent} has no key "${key}"`, `${parent} hat keinen Schlüssel "${key}"`),
      {
        next: near ? meant(near) : [text(`Known are: ${list(known)}`, `Bekannt sind: ${list(known)}`)],
      },
    ),
  missingKey: (key: string, parent: string, about: Text | undefined, example: string | undefined) =>
    fault(
      'C011',
      parent === ''
        ? text(`The section "${key}" is missing`, `Der Abschnitt "${key}" fehlt`)
        : text(`${parent} lacks the key "${key}"`, `In ${parent} fehlt der Schlüssel "${key}"`),
      { why: about, next: example === undefined ? [] : [both(example)] },
    ),
  wrongType: (path: string, must: Text, got: Text, hint?: Text) =>
    fault(
      'C012',
      text(`${path} must be ${must.en}, got ${got.en}`, `${path} muss ${must.de} sein, ist aber ${got.de}`),
      {
        next: hint ? [hint] : [],
      },
    ),
  notAllowed: (path: string, got: Text, allowed: readonly string[], near: string | undefined) =>
    fault(
      'C013',
      allowed.length === 1
        ? text(
            `${path} must be ${allowed[0]}, got ${got.en}`,
            `${path} muss ${allowed[0]} sein, ist aber ${got.de}`,
          )
        : text(
            `${path} must be one of ${list(allowed)}; got ${got.en}`,
            `${path} muss eines von ${list(allowed)} sein, ist aber ${got.de}`,
          ),
      { next: meant(near) },
    ),
  /** `must` is a sentence without its subject, such as "must be a relative path". */
  wrongForm: (path: string, must: Text, got: Text) =>
    fault('C014', text(`${path} ${must.en}, got ${got.en}`, `${path} ${must.de}, ist aber ${got.de}`)),
  outOfRange: (path: string, must: Text, got: Text) =>
    fault('C015', text(`${path} ${must.en}, got ${got.en}`, `${path} ${must.de}, gefunden: ${got.de}`)),
  badName: (parent: string, name: string, must: Text) =>
    fault(
      'C016',
      text(`The name "${name}" in ${parent} ${must.en}`, `Der Name "${name}" in ${parent} ${must.de}`),
    ),
  condition: (path: string, must: Text) =>
    fault('C017', text(`${path} ${must.en}`.trim(), `${path} ${must.de}`.trim())),
} as const
