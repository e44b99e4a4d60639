// A Git repository with askpro in it, for stories that deploy one commit after the other.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseDocument } from 'yaml'
import { applyVariant, copyApp, type Variant } from './variants.ts'

/** Where a story runs. Every field replaces what stellwerk.yaml says. */
export interface Place {
  /** Default: local. */
  readonly environment?: string
  /** Absolute directory of the app on the hosts. */
  readonly root?: string
  /** Address of the router, such as 127.0.0.1:3400. */
  readonly listen?: string
  /** Ports of the two slots of web. */
  readonly ports?: readonly [number, number]
  /** The `hosts` section of the environment. */
  readonly hosts?: Readonly<Record<string, unknown>>
  /** Node 24 on the hosts, when "node" is not that there. */
  readonly node?: string
  /** Absolute directory for the backups of the environment `local`: below it `nas`, `local` and `drill`. */
  readonly backups?: string
  /** Further settings: path in the document -> value, such as ['environments', 'local', 'batches']. */
  readonly settings?: readonly { readonly path: readonly string[]; readonly value: unknown }[]
}

/** Makes the repository in `directory` (which must not exist): v1 as its first commit, branches main and develop.
 *  Returns the commit's id. */
export function makeAskproRepo(directory: string, place: Place = {}): string {
  copyApp(directory)
  settle(directory, place)
  git(directory, 'init', '--quiet', '--initial-branch=main')
  const id = commit(directory, 'v1')
  git(directory, 'branch', 'develop')
  return id
}

/** Commits the variant on the current branch and tags it with the variant's name. Returns the commit's id. */
export function commitVariant(directory: string, variant: Variant): string {
  applyVariant(directory, variant)
  return commit(directory, variant)
}

/** Writes the place into stellwerk.yaml; comments stay. */
function settle(directory: string, place: Place): void {
  const file = join(directory, 'stellwerk.yaml')
  const document = parseDocument(readFileSync(file, 'utf8'))
  const environment = ['environments', place.environment ?? 'local']
  const set = (path: readonly string[], value: unknown) => document.setIn(path, document.createNode(value))
  if (place.root !== undefined) set([...environment, 'root'], place.root)
  if (place.hosts !== undefined) set([...environment, 'hosts'], place.hosts)
  if (place.listen !== undefined) set(['router', 'listen'], place.listen)
  if (place.ports !== undefined) set(['services', 'web', 'ports'], place.ports)
  if (place.backups !== undefined) {
    const backup = ['environments', 'local', 'override', 'backup']
    set([...backup, 'destinations', 'nas', 'path'], join(place.backups, 'nas'))
    set([...backup, 'destinations', 'local', 'path'], join(place.backups, 'local'))
    set([...backup, 'drill', 'directory'], join(place.backups, 'drill'))
  }
  for (const { path, value } of place.settings ?? []) set(path, value)
  if (place.node !== undefined) {
    set(['router', 'node'], place.node)
    for (const path of commandsOnHosts) {
      set(path, String(document.getIn(path)).replace(/^node /, `'${place.node.replaceAll("'", `'\\''`)}' `))
    }
  }
  writeFileSync(file, document.toString({ lineWidth: 0 }))
}

const commandsOnHosts = [
  ['services', 'web', 'command'],
  ['services', 'worker', 'command'],
  ['databases', 'main', 'migrate', 'command'],
  ['databases', 'main', 'migrate', 'pending'],
]

function commit(directory: string, tag: string): string {
  git(directory, 'add', '--all')
  git(directory, 'commit', '--quiet', '--message', `askpro ${tag}`)
  git(directory, 'tag', '--force', tag)
  return git(directory, 'rev-parse', 'HEAD').trim()
}

/** Without the user's own Git configuration: hooks and signing of the machine have no place in a story. */
function git(directory: string, ...words: string[]): string {
  const identity = { GIT_AUTHOR_NAME: 'askpro', GIT_AUTHOR_EMAIL: 'askpro@example.org' }
  return execFileSync('git', words, {
    cwd: directory,
    encoding: 'utf8',
    env: {
      ...process.env,
      ...identity,
      GIT_COMMITTER_NAME: identity.GIT_AUTHOR_NAME,
      GIT_COMMITTER_EMAIL: identity.GIT_AUTHOR_EMAIL,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
    },
  })
}
