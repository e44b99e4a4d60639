// How a user's command and its environment become shell text.
import { shellValue } from '../core/shell-value.ts'

/** Variables that Stellwerk itself sets for a service; their references stay alive in values. */
export const ownVariables: readonly string[] = ['PORT', 'RELEASE', 'STELLWERK_RELEASE']

/** `NAME=value; export NAME` for each, sorted by name: a value may refer to secrets and to ownVariables. */
export function exportLines(env: Readonly<Record<string, string>>, secrets: readonly string[]): string[] {
  const names = [...secrets, ...ownVariables]
  return Object.keys(env)
    .sort()
    .filter(name => !ownVariables.includes(name))
    .map(name => `${name}=${shellValue(env[name] ?? '', names)}; export ${name}`)
}

/** Secrets that only served to build other values: the app has no business with them. */
export function unsetLine(
  env: Readonly<Record<string, string>>,
  secrets: readonly string[],
  command: string,
): string {
  const needed = new Set([...Object.keys(env), ...secrets.filter(name => command.includes(name))])
  const gone = secrets.filter(name => !needed.has(name))
  return gone.length === 0 ? ':' : `unset ${gone.join(' ')}`
}

// Words that `exec` cannot run, or that would change their meaning behind it.
const shellOwn = new Set(
  '! . : [ alias bg break case cd command continue do echo eval exec exit export fg for getopts hash if jobs kill local printf pwd read readonly return set shift source test time times trap type ulimit umask unalias unset until wait while {'.split(
    ' ',
  ),
)

/** The command with `exec` before it when it is one plain program: then the program has the number that we signal, and
 *  no shell stands between. */
export function foreground(command: string): string {
  const first = /^\s*([A-Za-z0-9_./-]+)(?:\s|$)/.exec(command)?.[1]
  const bare = command.replaceAll(/'[^']*'|"(?:[^"\\`$]|\\[\s\S]|\$(?!\())*"/g, 'word')
  const plain = first !== undefined && !shellOwn.has(first) && !/[;&|<>()`\n\r'"\\]/.test(bare)
  return plain ? `exec ${command.trim()}` : command
}
