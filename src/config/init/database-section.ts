// The databases and the backup of a new stellwerk.yaml.
import { written } from '../written.ts'
import type { Answers, FoundDatabase } from './answers.ts'
import { words } from './words.ts'

export function databaseSection({ database, migrate, language }: Answers): string[] {
  if (database === undefined && migrate === undefined) return []
  const say = words[language]
  return [
    ...(database === undefined ? [] : [`# ${say.database}`]),
    'databases:',
    '  main:',
    ...(database === undefined ? ['    kind: other'] : entry(database, say)),
    ...(migrate === undefined
      ? []
      : [`    # ${say.migrate}`, '    migrate:', `      command: ${written(migrate)}`]),
  ]
}

function entry(database: FoundDatabase, say: (typeof words)['en']): string[] {
  if (database.kind === 'sqlite') return ['    kind: sqlite', `    file: ${written(database.file)}`]
  return [
    `    kind: ${database.kind}`,
    `    database: ${written(database.database)}`,
    ...(database.port === undefined ? [] : [`    # ${say.publish}`, `    port: ${database.port}`]),
    `    # user: ${written(database.database)}`,
    '    # password: "${DB_PASSWORD}"  # secrets: { DB_PASSWORD: { env: DB_PASSWORD } }',
  ]
}

/** Commented out: where copies go, only a person knows. Nothing to save, no section. */
export function backupSection({ database, sharedDirectories, sharedFiles, language }: Answers): string[] {
  const stored = database?.kind === 'sqlite' ? database.file : undefined
  const paths = [...sharedDirectories, ...sharedFiles]
    .filter(path => stored === undefined || !(stored === path || stored.startsWith(`${path}/`)))
    .map(path => `shared/${path}`)
  if (database === undefined && paths.length === 0) return []
  const say = words[language]
  return [
    `# ${say.backup}`,
    '# backup:',
    ...(paths.length === 0 ? [] : [`#   files: { app: { paths: ${written(paths)} } }`]),
    '#   destinations:',
    '#     nas:',
    '#       kind: sftp',
    '#       address: backup@nas.example.org',
    `#       hostKey: ssh-ed25519 AAAA...  # ${say.hostKey}`,
    '#       path: /volume1/backup',
    '#       identityFile: ~/.ssh/backup',
    '#   schedule: { daily: "daily 02:00", drill: "first sunday 03:00" }',
  ]
}
