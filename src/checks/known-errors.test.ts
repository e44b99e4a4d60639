import { expect, test } from 'vitest'
import { text } from '../core/lang.ts'
import { explained, whyOf } from './known-errors.ts'

test.each([
  ['sqlite3.OperationalError: disk I/O error', 'SQLite cannot write beside its file'],
  ['SQLITE_READONLY: attempt to write a readonly database', 'the app may read the SQLite file'],
  ['SqliteError: database is locked', 'two processes write'],
  ['mktemp: failed to create file: Read-only file system', 'mounted read-only'],
  ['write: No space left on device', 'the disk is full'],
  ["EACCES: permission denied, open '/srv/app/storage/x'", 'this user has no right'],
  ["ENOENT: no such file or directory, open 'config.json'", 'release.shared'],
  ['listen EADDRINUSE: address already in use', 'another process'],
])('%s', (said, why) => {
  expect(whyOf(said)?.en).toContain(why)
  expect(whyOf(said)?.de).not.toBe(whyOf(said)?.en)
})

test('what nobody knows is left as it is', () => {
  const observed = text('ended with exit code 1', 'endete mit Endecode 1')
  expect(explained(observed)).toBe(observed)
})

test('the reason follows what was observed, in both languages', () => {
  expect(explained(text('exit 1: disk I/O error', 'Ende mit 1: disk I/O error'))).toEqual({
    en: expect.stringMatching(/^exit 1: disk I\/O error; SQLite cannot write/),
    de: expect.stringMatching(/^Ende mit 1: disk I\/O error; SQLite kann neben seiner Datei nicht schreiben/),
  })
})
