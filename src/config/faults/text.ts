// C001-C009: the text itself.
import { type Text, text } from '../../core/lang.ts'
import { both, fault } from './fault.ts'

export const textFaults = {
  syntax: (what: Text) =>
    fault('C001', text(`This is not valid YAML: ${what.en}`, `Das ist kein gültiges YAML: ${what.de}`)),
  duplicateKey: (key: string) =>
    fault(
      'C002',
      text(
        `The key "${key}" stands twice in the same mapping`,
        `Der Schlüssel "${key}" steht zweimal in derselben Abbildung`,
      ),
      {
        why: text(
          'Only one of the two could count, and a reader cannot tell which',
          'Nur einer der beiden könnte gelten, und man sieht nicht, welcher',
        ),
        next: [text('Remove one of the two', 'Einen der beiden entfernen')],
      },
    ),
  unknownTag: (tag: string) =>
    fault('C003', text(`The tag "${tag}" is not known here`, `Das Tag "${tag}" ist hier unbekannt`), {
      next: [
        text(
          'Write the value without the tag, in quotes if it is text',
          'Den Wert ohne Tag schreiben, Text in Anführungszeichen',
        ),
      ],
    }),
  emptyFile: () =>
    fault('C004', text('The file is empty', 'Die Datei ist leer'), { next: [both('stellwerk init')] }),
  badKey: () => fault('C005', text('A key must be plain text', 'Ein Schlüssel muss einfacher Text sein')),
  badAlias: (name: string) =>
    fault('C006', text(`The alias "*${name}" leads nowhere`, `Der Alias "*${name}" führt ins Leere`), {
      why: text(
        `An anchor "&${name}" must stand above it and may not contain it`,
        `Ein Anker "&${name}" muss darüber stehen und darf ihn nicht enthalten`,
      ),
    }),
  tooLarge: () =>
    fault(
      'C007',
      text('The file is too large or nested too deeply', 'Die Datei ist zu groß oder zu tief verschachtelt'),
      {
        why: text(
          'At most 1 MB, 50 000 values, 1 000 entries of one mapping or list and 100 levels are read',
          'Gelesen werden höchstens 1 MB, 50 000 Werte, 1 000 Einträge je Abbildung oder Liste und 100 Ebenen',
        ),
      },
    ),
  badMerge: () =>
    fault(
      'C008',
      text(
        '"<<" takes a mapping or a list of mappings',
        '"<<" verlangt eine Abbildung oder eine Liste von Abbildungen',
      ),
    ),
} as const
