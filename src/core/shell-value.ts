// Values of a config that refer to variables by ${NAME}, as shell words: the value itself never enters the script's text.
import { quote } from './shell.ts'

const reference = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g

/** Which of `names` the values refer to, sorted. */
export function referenced(values: readonly string[], names: Iterable<string>): string[] {
  const known = new Set(names)
  const found = new Set<string>()
  for (const value of values) {
    for (const [, name] of value.matchAll(reference))
      if (name !== undefined && known.has(name)) found.add(name)
  }
  return [...found].sort()
}

/** A shell word that stands for `value` with the references to `names` replaced at run time; everything else, other
 *  `${...}` included, stays as it is written. */
export function shellValue(value: string, names: Iterable<string>): string {
  const known = new Set(names)
  let word = ''
  let end = 0
  for (const match of value.matchAll(reference)) {
    const name = match[1]
    if (name === undefined || !known.has(name)) continue
    const before = value.slice(end, match.index)
    word += `${before === '' ? '' : quote(before)}"$${name}"`
    end = match.index + match[0].length
  }
  const rest = value.slice(end)
  return word + (rest === '' && word !== '' ? '' : quote(rest))
}
