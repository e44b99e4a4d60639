// What the YAML parser's error codes mean, in words a person can act on.
import type { ErrorCode } from 'yaml'
import { type Text, text } from '../core/lang.ts'

const texts: Readonly<Partial<Record<ErrorCode, Text>>> = {
  ALIAS_PROPS: text(
    'an alias (*name) takes no tag or anchor',
    'ein Alias (*name) verträgt weder Tag noch Anker',
  ),
  BAD_ALIAS: text('an alias needs a name, such as *common', 'ein Alias braucht einen Namen, etwa *common'),
  BAD_DIRECTIVE: text(
    'a line with "%" at its start is a YAML directive',
    'eine Zeile mit "%" am Anfang ist eine YAML-Direktive',
  ),
  BAD_DQ_ESCAPE: text(
    'unknown escape in double quotes; write \\\\ for a backslash or use single quotes',
    'unbekannte Escape-Folge in doppelten Anführungszeichen; \\\\ steht für einen Backslash, einfache Anführungszeichen gehen auch',
  ),
  BAD_INDENT: text(
    'the indentation does not fit the lines above',
    'die Einrückung passt nicht zu den Zeilen darüber',
  ),
  BAD_SCALAR_START: text(
    'a value cannot start with this character; put it in quotes',
    'ein Wert kann nicht mit diesem Zeichen beginnen; in Anführungszeichen setzen',
  ),
  BLOCK_AS_IMPLICIT_KEY: text(
    'a second ":" on the line; put the value in quotes',
    'ein zweites ":" in der Zeile; den Wert in Anführungszeichen setzen',
  ),
  BLOCK_IN_FLOW: text(
    'indented lines are not possible inside [ ] or { }',
    'eingerückte Zeilen gehen nicht innerhalb von [ ] oder { }',
  ),
  KEY_OVER_1024_CHARS: text('a key of more than 1024 characters', 'ein Schlüssel mit mehr als 1024 Zeichen'),
  MISSING_CHAR: text(
    'a closing quote, bracket, ":" or space is missing',
    'ein schließendes Anführungszeichen, eine Klammer, ":" oder ein Leerzeichen fehlt',
  ),
  MULTILINE_IMPLICIT_KEY: text(
    'a key must be on one line and end with ":"',
    'ein Schlüssel muss in einer Zeile stehen und mit ":" enden',
  ),
  MULTIPLE_ANCHORS: text('a value with two anchors', 'ein Wert mit zwei Ankern'),
  MULTIPLE_DOCS: text(
    'a second document starts here ("---"); one file holds one',
    'hier beginnt ein zweites Dokument ("---"); eine Datei enthält eines',
  ),
  MULTIPLE_TAGS: text('a value with two tags', 'ein Wert mit zwei Tags'),
  RESOURCE_EXHAUSTION: text('nested too deeply', 'zu tief verschachtelt'),
  TAB_AS_INDENT: text(
    'a tab in the indentation; YAML indents with spaces',
    'ein Tabulator in der Einrückung; YAML rückt mit Leerzeichen ein',
  ),
  UNEXPECTED_TOKEN: text('this is not expected here', 'das wird hier nicht erwartet'),
}

/** The parser's own words are the German text too when the code is a rare one. */
export function syntaxText(error: { readonly code: ErrorCode; readonly message: string }): Text {
  return texts[error.code] ?? text(error.message, error.message)
}
