// The skeleton of release notes from commits: grouped when they follow the conventional prefixes, a plain list otherwise.
import { type Lang, type Text, text } from '../core/lang.ts'
import { cellOf } from './markdown.ts'

export interface Commit {
  readonly sha: string
  readonly author: string
  readonly subject: string
  readonly body: string
}

export interface Changes {
  readonly app: string
  /** A version or a short commit, as people call them. */
  readonly from: string
  readonly to: string
  /** Newest first. */
  readonly commits: readonly Commit[]
}

export interface Change {
  readonly sha: string
  readonly subject: string
  readonly scope?: string
  /** Absent: no conventional prefix. */
  readonly type?: string
  readonly breaking: boolean
}

const field = '\u001f'
const end = '\u001e'

/** For `git log`: what parseCommits reads. */
export const commitFormat = `%H%x1f%an%x1f%s%x1f%b%x1e`

export function parseCommits(output: string): readonly Commit[] {
  return output
    .split(end)
    .map(entry => entry.replace(/^\n/, ''))
    .filter(entry => entry !== '')
    .map(entry => {
      const [sha = '', author = '', subject = '', body = ''] = entry.split(field)
      return { sha, author, subject, body: body.trim() }
    })
}

const groups: readonly (readonly [string, Text])[] = [
  ['feat', text('New', 'Neu')],
  ['fix', text('Fixed', 'Behoben')],
  ['perf', text('Faster', 'Schneller')],
  ['revert', text('Taken back', 'Zurückgenommen')],
  ['docs', text('Documentation', 'Dokumentation')],
  ['refactor', text('Inside', 'Im Inneren')],
  ['style', text('Inside', 'Im Inneren')],
  ['test', text('Inside', 'Im Inneren')],
  ['build', text('Inside', 'Im Inneren')],
  ['ci', text('Inside', 'Im Inneren')],
  ['chore', text('Inside', 'Im Inneren')],
]
const known = new Map(groups)

export function changeOf({ sha, subject, body }: Commit): Change {
  const [, type = '', scope, mark, rest = ''] = /^([A-Za-z]+)(?:\(([^)]+)\))?(!)?: +(.+)$/.exec(subject) ?? []
  const said = /^BREAKING[ -]CHANGE: /m.test(body)
  if (!known.has(type.toLowerCase())) return { sha, subject, breaking: said }
  return {
    ...{ sha, subject: rest, type: type.toLowerCase(), breaking: said || mark !== undefined },
    ...(scope === undefined ? {} : { scope }),
  }
}

export function changelog({ app, from, to, commits }: Changes, lang: Lang): string {
  const de = lang === 'de'
  const changes = commits.map(changeOf)
  const authors = [...new Set(commits.map(({ author }) => author))].sort().join(', ')
  const count = de
    ? `${commits.length} ${commits.length === 1 ? 'Commit' : 'Commits'}`
    : `${commits.length} ${commits.length === 1 ? 'commit' : 'commits'}`
  const head = `# ${app} ${to}\n\n${de ? 'Seit' : 'Since'} ${from}: ${count}${authors === '' ? '' : ` ${de ? 'von' : 'by'} ${cellOf(authors)}`}\n`
  const important = `\n## ${de ? 'Das Wichtigste' : 'In short'}\n\n_…_\n`
  const breaking = changes.filter(change => change.breaking)
  return [
    head,
    important,
    listed(de ? 'Beim Aktualisieren zu beachten' : 'Before you update', breaking),
    ...grouped(changes, lang),
    `\n## ${de ? 'Bekannte Fehler' : 'Known problems'}\n\n_…_\n`,
  ].join('')
}

function grouped(changes: readonly Change[], lang: Lang): readonly string[] {
  const de = lang === 'de'
  if (changes.length === 0) return [de ? '\nNichts hat sich geändert.\n' : '\nNothing has changed.\n']
  if (changes.every(({ type }) => type === undefined)) return [listed(de ? 'Änderungen' : 'Changes', changes)]
  const titles = [...new Set(groups.map(([, title]) => title[lang]))]
  const others = changes.filter(({ type }) => type === undefined)
  return [
    ...titles.map(title =>
      listed(
        title,
        changes.filter(({ type }) => type !== undefined && known.get(type)?.[lang] === title),
      ),
    ),
    listed(de ? 'Sonstiges' : 'Other', others),
  ]
}

function listed(title: string, changes: readonly Change[]): string {
  if (changes.length === 0) return ''
  const lines = changes.map(
    ({ scope, subject, sha }) =>
      `- ${scope === undefined ? '' : `**${cellOf(scope)}:** `}${cellOf(subject)} (${sha.slice(0, 7)})\n`,
  )
  return `\n## ${title}\n\n${lines.join('')}`
}
