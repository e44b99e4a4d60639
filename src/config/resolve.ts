// From the document to one environment: override merged, variables replaced, validated again, frozen into a Config.
import type { Secret } from '../core/secret.ts'
import type { Config, HostConfig } from './config.ts'
import { type Draft, makeDraft, names } from './draft.ts'
import { check } from './issues.ts'
import { overlay } from './overlay.ts'
import { isMapping, type Path, valueAt } from './path.ts'
import { elsewhere, type Finding, faults, finding } from './problems.ts'
import { normalize } from './rules/directories.ts'
import type { Environment } from './schema/environment.ts'
import { type ParsedConfig, rootSchema } from './schema/root.ts'
import { substitution } from './substitute.ts'
import { transform } from './walk.ts'

/** The sections as one environment sees them. */
export interface Effective {
  readonly name: string
  /** Where its override stands: what is wrong there is reported there. */
  readonly override: Path
  readonly value: unknown
  readonly findings: readonly Finding[]
  readonly draft: Draft
}

/** The same in every environment, or different by nature. */
const fixed = ['version', 'app', 'environments']

export function makeEffective(
  document: Readonly<Record<string, unknown>>,
  name: string,
  env: Readonly<Record<string, string | undefined>>,
): Effective {
  const findings: Finding[] = []
  const override: Path = ['environments', name, 'override']
  const own = valueAt(document, ['environments', name])
  const over = Object.entries(mapping(valueAt(document, override))).filter(([key]) => {
    if (fixed.includes(key))
      findings.push(finding(faults.notOverridable(key), { path: [...override, key], on: 'key' }))
    return !fixed.includes(key)
  })
  const { environments: _, ...sections } = document
  const merged = mapping(overlay(rootSchema, sections, Object.fromEntries(over)))
  const raw = { ...merged, environments: { [name]: isMapping(own) ? { ...own, override: {} } : own } }
  const scope = {
    environment: name,
    secrets: new Set(names(raw, 'secrets')),
    document: variablesOf(raw, name),
    process: env,
  }
  const value = transform(rootSchema, raw, substitution(scope, findings))
  return {
    name,
    override,
    value,
    findings: [...findings, ...elsewhere(check(rootSchema, value), findings)],
    draft: makeDraft(value, name),
  }
}

function mapping(value: unknown): Readonly<Record<string, unknown>> {
  return isMapping(value) ? value : {}
}

/** `environments.<name>.env` as written. */
export function variablesOf(raw: unknown, name: string): Record<string, string> {
  const entries = Object.entries(mapping(valueAt(raw, ['environments', name, 'env'])))
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

export interface Surroundings {
  readonly directory: string
  readonly secrets: ReadonlyMap<string, Secret>
  readonly secretCommands: ReadonlyMap<string, string>
  readonly secretFiles: ReadonlyMap<string, string>
  readonly undecided: Config['undecided']
}

/** The config of one environment. `parsed` is valid and holds this environment. */
export function makeConfig(parsed: ParsedConfig, name: string, surroundings: Surroundings): Config {
  const { environments, secrets: _, ...sections } = parsed
  const chosen = environments[name]
  if (chosen === undefined) throw new Error(`environment ${name} is not in the parsed config`)
  const { hosts, override: _override, root, ...environment } = chosen
  return {
    ...sections,
    environment: { ...environment, name },
    hosts: Object.entries(hosts)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([host, entry]) => makeHost(host, entry, root, environment.env)),
    ...surroundings,
  }
}

function makeHost(
  name: string,
  entry: Environment['hosts'][string],
  root: string,
  env: Readonly<Record<string, string>>,
): HostConfig {
  if (entry === 'local') return { name, roles: ['web'], root: normalize(root), env }
  const { address, port, identityFile, jump, sshConfig } = entry
  return {
    name,
    roles: entry.roles,
    root: normalize(entry.root ?? root),
    env: { ...env, ...entry.env },
    ...(address !== undefined && { address }),
    ...(port !== undefined && { port }),
    ...(identityFile !== undefined && { identityFile }),
    ...(jump !== undefined && { jump }),
    ...(sshConfig !== undefined && { sshConfig }),
  }
}
