import { expect, test } from 'vitest'
import { changelog, changeOf, parseCommits } from './changelog.ts'
import { markdownTable } from './markdown.ts'
import { versionRows, versionsOf } from './versions.ts'

const commit = (subject: string, body = '') => ({ sha: 'abc1234def', author: 'Anna', subject, body })
const about = { app: 'shop', from: 'v1.0.0', to: 'v1.1.0' }

test('reads what git log prints, bodies of several lines too', () => {
  const output = 'abc\u001fAnna\u001ffeat: x\u001fone\ntwo\n\u001e\ndef\u001fBen\u001fplain\u001f\u001e\n'

  expect(parseCommits(output)).toEqual([
    { sha: 'abc', author: 'Anna', subject: 'feat: x', body: 'one\ntwo' },
    { sha: 'def', author: 'Ben', subject: 'plain', body: '' },
  ])
})

test.each([
  ['feat(cart): count', { type: 'feat', scope: 'cart', subject: 'count', breaking: false }],
  ['Fix!: drop', { type: 'fix', subject: 'drop', breaking: true }],
  ['note: not a type', { subject: 'note: not a type', breaking: false }],
  ['plain words', { subject: 'plain words', breaking: false }],
])('%s', (subject, expected) => {
  expect(changeOf(commit(subject))).toEqual({ sha: 'abc1234def', ...expected })
})

test('groups conventional commits, what breaks first, the rest under its own title', () => {
  const commits = [commit('feat: a'), commit('fix: b', 'BREAKING CHANGE: c'), commit('plain <d>')]
  const page = changelog({ ...about, commits }, 'de')

  expect(page.match(/^#.*$/gm)).toEqual([
    '# shop v1.1.0',
    '## Das Wichtigste',
    '## Beim Aktualisieren zu beachten',
    '## Neu',
    '## Behoben',
    '## Sonstiges',
    '## Bekannte Fehler',
  ])
  expect(page).toContain('- plain &lt;d> (abc1234)')
})

test('lists others as they are', () => {
  const page = changelog({ ...about, commits: [commit('Ask louder')] }, 'en')

  expect(page.match(/^##.*$/gm)).toEqual(['## In short', '## Changes', '## Known problems'])
  expect(changelog({ ...about, commits: [] }, 'en')).toContain('Nothing has changed.')
})

test('a version is one line whatever its hosts say, and holds its table together', () => {
  const release = {
    ...{
      id: '20261121_083947-362f999',
      version: 'v1',
      dirty: true,
      by: 'a|b',
      notes: 'x\ny',
      stateAt: '2026-11-21',
    },
  }
  const versions = versionsOf([
    { ...release, host: 'web1', current: true, state: 'proven', provenAt: '2026-11-20' },
    { ...release, host: 'web2', current: false, state: 'failed' },
  ])
  const rows = versionRows(versions, 'en', at => at)

  expect(markdownTable(rows).split('\n')[2]).toBe(
    '| v1 (dirty) | 2026-11-20 | a\\|b | 20261121_083947-362f999 | proven, failed, serves | x y |',
  )
})
