// Replaces ${VAR} in the sections of one environment. Secrets stay references; commands are left to their shell.
import { formatPath, type Path } from './path.ts'
import { type Finding, faults, finding } from './problems.ts'
import { isSecretName } from './secret-name.ts'
import { references, replaceReferences } from './variables.ts'
import type { MapString } from './walk.ts'

/** Where values come from, in this order. */
export interface Scope {
  readonly environment: string | undefined
  /** Names declared under `secrets`. */
  readonly secrets: ReadonlySet<string>
  /** `environments.<name>.env`, as written. */
  readonly document: Readonly<Record<string, string>>
  /** The environment of the process. */
  readonly process: Readonly<Record<string, string | undefined>>
}

/** Set by Stellwerk for the command of a service only. */
const runtimeNames: readonly string[] = ['PORT', 'RELEASE']
const urlWithPassword = /:\/\/[^/\s:@]*:[^/\s@]+@/

/** A mapper for `transform`; what cannot be replaced goes into `findings` and stays as it is. */
export function substitution(scope: Scope, findings: Finding[]): MapString {
  return (input, path, shell) => {
    if (shell || !input.includes('${')) return input
    return new Substitution(scope, findings, path).replace(input, own(scope, path))
  }
}

/** A variable of the environment that refers to its own name means the one of the process. */
function own(scope: Scope, path: Path): readonly string[] {
  const [section, environment, key, name] = path
  const isOwn = section === 'environments' && environment === scope.environment && key === 'env'
  return isOwn && typeof name === 'string' ? [name] : []
}

class Substitution {
  readonly #scope: Scope
  readonly #findings: Finding[]
  readonly #path: Path

  constructor(scope: Scope, findings: Finding[], path: Path) {
    this.#scope = scope
    this.#findings = findings
    this.#path = path
  }

  replace(input: string, open: readonly string[]): string {
    const output = replaceReferences(input, {
      reference: (name, fallback) => this.#value(name, fallback, open),
      malformed: found => this.#fail(faults.badReference(formatPath(this.#path), found), found),
    })
    // "$${NAME}" must not turn into the reference to a secret that it was meant not to be.
    const escaped = [...input.matchAll(/\$(\$\{([A-Za-z_][A-Za-z0-9_]*)\})/g)].find(match =>
      this.#scope.secrets.has(match[2] ?? ''),
    )
    if (escaped) this.#fail(faults.badReference(formatPath(this.#path), escaped[0]), '')
    return output
  }

  #value(name: string, fallback: string | undefined, open: readonly string[]): string {
    const { secrets, document, process } = this.#scope
    const reference = `$\{${name}}`
    const path = formatPath(this.#path)
    if (secrets.has(name)) return reference
    const written = Object.hasOwn(document, name) && !open.includes(name) ? document[name] : undefined
    if (written !== undefined) return this.replace(written, [...open, name])
    if (runtimeNames.includes(name)) return this.#fail(faults.runtimeName(path, name), reference)
    const value = Object.hasOwn(process, name) ? process[name] : undefined
    if (fallback !== undefined && (value === undefined || value === '')) return fallback
    if (value === undefined) return this.#fail(faults.unset(path, name, this.#scope.environment), reference)
    if (isSecretName(name) || urlWithPassword.test(value)) {
      return this.#fail(faults.undeclaredSecret(path, name), reference)
    }
    if (references(value).some(inner => secrets.has(inner)))
      return this.#fail(faults.nestedReference(path, name), reference)
    return value
  }

  #fail(fault: Finding['fault'], keep: string): string {
    this.#findings.push(finding(fault, { path: this.#path, on: 'value' }))
    return keep
  }
}
