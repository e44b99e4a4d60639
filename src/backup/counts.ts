// What a set holds, in numbers for people.
import { counted } from '../core/count.ts'
import { text } from '../core/lang.ts'

export function tableCount(count: number) {
  return counted(count, text('table', 'Tabelle'), text('tables', 'Tabellen'))
}

export function rowCount(count: number) {
  return counted(count, text('row', 'Zeile'), text('rows', 'Zeilen'))
}

export function fileCount(count: number) {
  return counted(count, text('file', 'Datei'), text('files', 'Dateien'))
}
