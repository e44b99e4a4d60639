// Writes a commented stellwerk.yaml for a project. The result loads without problems: a test holds that for every kind.
import type { Lang } from '../../core/lang.ts'
import { written } from '../written.ts'
import type { Answers, ProjectKind } from './answers.ts'
import { backupSection, databaseSection } from './database-section.ts'
import { serviceSection } from './services.ts'
import { words } from './words.ts'

export function render(kind: ProjectKind, answers: Answers): string {
  const sections = [
    head(answers),
    buildSection(answers),
    releaseSection(kind, answers),
    databaseSection(answers),
    backupSection(answers),
    serviceSection(kind, answers),
    checkSection(kind, answers.language),
    verifySection(kind, answers.language),
    environmentSection(answers),
  ]
  return `${sections
    .filter(lines => lines.length > 0)
    .map(lines => lines.join('\n'))
    .join('\n\n')}\n`
}

function head({ app, language, timezone, schema }: Answers): string[] {
  return [
    ...(schema === undefined ? [] : [`# yaml-language-server: $schema=${schema}`]),
    `# ${words[language].head}`,
    'version: 1',
    `app: ${written(app)}`,
    `language: ${language}`,
    `timezone: ${written(timezone)}`,
  ]
}

/** `  key: [..]` over several lines when it is long. */
function list(key: string, values: readonly string[], indent: string): string[] {
  if (values.length === 0) return []
  const line = `${indent}${key}: ${written(values)}`
  return line.length <= 90
    ? [line]
    : [`${indent}${key}:`, ...values.map(value => `${indent}  - ${written(value)}`)]
}

function buildSection({ commands, test, output, exclude, entries, language }: Answers): string[] {
  const say = words[language]
  return [
    `# ${say.build}`,
    'build:',
    ...list('commands', commands, '  '),
    ...(test.length > 0 ? list('test', test, '  ') : [`  # ${say.noTest}`, '  # test: [make test]']),
    ...(output === '.' ? [] : [`  output: ${written(output)}`]),
    ...list('exclude', exclude, '  '),
    `  # ${say.entries}`,
    ...list('entries', entries, '  '),
  ]
}

function releaseSection(kind: ProjectKind, answers: Answers): string[] {
  const { app, builds, sharedDirectories, sharedFiles, skeleton, language } = answers
  const say = words[language]
  const images = `docker compose -p ${app} ${builds ? 'build' : 'pull'} --quiet`
  const prepare = kind === 'compose' ? [images, ...answers.prepare] : answers.prepare
  const shared = [
    ...list('directories', sharedDirectories, '    '),
    ...list('files', sharedFiles, '    '),
    ...list('skeleton', skeleton, '    '),
  ]
  return [
    'release:',
    `  # ${say.keep}`,
    '  keep: 5',
    `  # ${say.shared}`,
    ...(shared.length > 0
      ? ['  shared:', ...shared]
      : ['  # shared: { directories: [storage], files: [.env] }']),
    ...(prepare.length > 0 ? [`  # ${say.prepare}`, ...list('prepare', prepare, '  ')] : []),
  ]
}

function checkSection(kind: ProjectKind, language: Lang): string[] {
  const say = words[language]
  const expect = kind === 'static' ? ['    expect: { contentType: text/html }'] : []
  return [
    `# ${say.checks}`,
    'checks:',
    '  disk: { kind: disk, minFreePercent: 10 }',
    '  front-page:',
    '    kind: http',
    '    url: /',
    ...expect,
    '    retries: 10',
    `# ${say.gates}`,
    'gates: [disk]',
  ]
}

function verifySection(kind: ProjectKind, language: Lang): string[] {
  const say = words[language]
  return [
    `# ${say.verify}`,
    'verify:',
    `  # ${kind === 'node' ? say.identityNode : say.identity}`,
    '  # identity: { url: /health, json: "$.release" }',
    '  identity:',
    `    waived: ${written(say.waived)}`,
    '  health: [front-page]',
  ]
}

function environmentSection({ address, root, language }: Answers): string[] {
  const say = words[language]
  return [
    'environments:',
    '  production:',
    `    root: ${written(root)}`,
    '    hosts:',
    ...(address === undefined
      ? [`      # ${say.local}`, '      web1: local']
      : [`      # ${say.host}`, `      web1: { address: ${written(address)} }`]),
    '    branch: main',
    `  # ${say.staging}`,
    '  # staging:',
    `  #   root: ${written(`${root}-staging`)}`,
    '  #   hosts: { web1: { address: deploy@staging.example.org } }',
  ]
}
