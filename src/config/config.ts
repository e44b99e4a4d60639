// The resolved config of one environment: overrides merged, ${VAR} replaced, secrets read, names cross-checked. The only
// config type that code outside this folder sees.
import type { Secret } from '../core/secret.ts'
import type { ConfigProblem } from './finding.ts'
import type { Environment } from './schema/environment.ts'
import type { ParsedConfig } from './schema/root.ts'

export interface HostConfig {
  readonly name: string
  /** Absent: this machine. */
  readonly address?: string
  readonly port?: number
  /** Every service, check and router without `roles` concerns every host. */
  readonly roles: readonly string[]
  /** Absolute directory of the app on this host, without a slash at its end. */
  readonly root: string
  readonly identityFile?: string
  readonly jump?: string
  readonly sshConfig?: string
  /** Variables for commands on this host: the environment's, overlaid by the host's own. */
  readonly env: Readonly<Record<string, string>>
}

export interface Config extends Omit<ParsedConfig, 'environments' | 'secrets'> {
  readonly environment: Omit<Environment, 'hosts' | 'override' | 'root'> & { readonly name: string }
  /** Sorted by name. */
  readonly hosts: readonly HostConfig[]
  /** Directory of stellwerk.yaml: relative local paths start here. */
  readonly directory: string
  /** Secrets by the name that `${NAME}` uses. A string of the config that needs one keeps the reference, so no plan
   *  ever holds the value; `expand` of variables.ts puts it in at the moment of use. */
  readonly secrets: ReadonlyMap<string, Secret>
  /** Secrets whose value a command prints: name -> command, to be run here, in `directory`, by an adapter. */
  readonly secretCommands: ReadonlyMap<string, string>
  /** Files on this machine that secrets come from, by name. */
  readonly secretFiles: ReadonlyMap<string, string>
  /** Decisions without an answer: each blocks a deploy, and nothing else. */
  readonly undecided: readonly ConfigProblem[]
}
