// RESTORE.md of a set: how a person gets everything back with ordinary programs, when Stellwerk is gone as well.
import { formatBytes } from '../core/bytes.ts'
import { quote } from '../core/shell.ts'
import { namingOfSet } from './names.ts'
import { partCommands, plainName } from './restore-guide-parts.ts'
import { type Manifest, type Part, storedFiles } from './set.ts'

/** English, with a summary in German. Every fence `sh` can be pasted as it is, from the top to the bottom, in the directory of
 *  the set; nothing that is there is overwritten. */
export function restoreGuide(manifest: Manifest): string {
  const { id, app, environment, parts } = manifest
  const encrypted = parts.some(part => part.encrypted)
  const sums = namingOfSet(manifest).documentFile(id, 'SHA256SUMS')
  const sections = [
    `# How to restore backup set ${id}`,
    heading(manifest),
    summary(sums, encrypted),
    `## 1. Check that the files are whole`,
    `Copy all files of the set into one empty directory and go there. Each line must end with \`OK\`.`,
    fence([`sha256sum -c ${quote(sums)}`]),
    ...(encrypted ? key : []),
    ...parts.flatMap((part, index) => section(part, index + (encrypted ? 3 : 2))),
    `## ${parts.length + (encrypted ? 3 : 2)}. Put it in place`,
    `Stop ${app} (${environment}) and keep what is live until the restored data has proven itself: rename it, do not overwrite it.
Restore databases and files of the same set together; they are of one moment. Then start the app in a version that knows this
state of the database${manifest.release ? `: version ${manifest.release.version}, commit ${manifest.release.gitSha}` : ''}.`,
  ]
  return `${sections.join('\n\n')}\n`
}

function heading({
  app,
  environment,
  class: setClass,
  createdAt,
  release,
  before,
  stellwerk,
}: Manifest): string {
  const rows = [
    ['Class', setClass],
    ['Made', createdAt],
    [
      'Live release',
      release ? `${release.id} (version ${release.version}, commit ${release.gitSha})` : 'none',
    ],
    ...(before === undefined ? [] : [['Made before release', before]]),
    ['Made by', `Stellwerk ${stellwerk}; it is not needed to restore`],
  ]
  return [ownerLine({ app, environment }), ...rows.map(([name, value]) => `- ${name}: ${value}`)].join('\n')
}

/** The line that says whose set it is. */
export function ownerLine({ app, environment }: Pick<Manifest, 'app' | 'environment'>): string {
  return `- App: ${app}, ${environment}`
}

function summary(sums: string, encrypted: boolean): string {
  return `**Kurz auf Deutsch:** Alle Dateien des Satzes in ein leeres Verzeichnis kopieren, mit \`sha256sum -c ${sums}\` prüfen,${
    encrypted ? ' mit dem privaten age-Schlüssel entschlüsseln,' : ''
  } auspacken und in eine
**neue** Datenbank oder ein **neues** Verzeichnis laden. Erst wenn dort alles stimmt (die Zeilenzahlen stehen unten), die App
anhalten, das Alte umbenennen, nicht löschen, und das Neue an seine Stelle setzen. Die Befehle stehen unten und lassen sich so
einfügen, wie sie sind.`
}

const key = [
  '## 2. The private key',
  'The files are encrypted with age. Name the file that holds the private key; it is not part of the set.',
  fence([': "${KEY:?set KEY to the file with the private age key}"']),
]

function section(part: Part, number: number): readonly string[] {
  const { title, before, commands, after } = partCommands(part)
  return [
    `## ${number}. ${title}`,
    `File \`${part.file}\`, ${formatBytes(part.bytes)}. ${before}`,
    fence([...storedFiles(part).flatMap(({ file }) => unpack({ ...part, file })), ...commands]),
    after,
    ...(part.kind === 'files' ? [] : [rowsOf(part)]),
  ]
}

/** One program a line: in a pipe only the last one could say that it failed. */
function unpack({
  file,
  encrypted,
  compression,
}: Pick<Part, 'file' | 'encrypted' | 'compression'>): readonly string[] {
  const packed = encrypted ? file.replace(/\.age$/, '') : file
  const plain = plainName(file)
  return [
    ...(encrypted ? [`age -d -i "$KEY" -o ${quote(packed)} ${quote(file)}`] : []),
    ...(compression === 'zstd' ? [`zstd -d -o ${quote(plain)} ${quote(packed)}`] : []),
    ...(compression === 'gzip' ? [`gzip -d -k ${quote(packed)}`] : []),
  ]
}

function rowsOf({ facts }: Exclude<Part, { kind: 'files' }>): string {
  const most = 20
  const tables = facts.tables.toSorted((a, b) => b.rows - a.rows)
  if (tables.length === 0) return 'It held no tables.'
  const rest = tables.length > most ? [`| and ${tables.length - most} more, in the manifest | |`] : []
  const name = (table: string) => table.replaceAll(/[|`\r\n]/g, ' ')
  return [
    '| Table | Rows |',
    '|---|---|',
    ...tables.slice(0, most).map(table => `| ${name(table.name)} | ${table.rows} |`),
    ...rest,
  ].join('\n')
}

function fence(lines: readonly string[]): string {
  return ['```sh', ...lines, '```'].join('\n')
}
