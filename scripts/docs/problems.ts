// docs/reference/problems.md: every problem code in the source with its sentence.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const areas: Readonly<Record<string, string>> = {
  B: 'Backup',
  C: 'Config',
  D: 'Deploy',
  E: 'Engine',
  G: 'Runbook and proxy',
  H: 'Hosts',
  K: 'Checks',
  M: 'Maintenance',
  N: 'Notify',
  O: 'Decisions, sign-offs, after-care',
  R: 'Release',
  S: 'Service',
  T: 'Traffic',
  U: 'Command line',
}

/** A code as a literal, whole or as `fault` of src/config takes it. */
const written = /'(?:STW-)?([A-Z]\d{3})'/g

export function problemsReference(root: string): string {
  const sentences = new Map<string, Set<string>>()
  for (const path of globSync('src/**/*.ts', { cwd: root }).sort()) {
    if (path.endsWith('.test.ts')) continue
    const source = named(readFileSync(join(root, path), 'utf8'))
    for (const match of source.matchAll(written)) {
      const after = source.slice(match.index + match[0].length, match.index + match[0].length + 900)
      if (!isProblem(source.slice(0, match.index), match[0], after)) continue
      // `condition ? 'STW-E101' : 'STW-E102'` shares what follows.
      const own = after.replace(/^\s*:\s*'STW-[A-Z]\d{3}'/, '').split(/'STW-[A-Z]\d{3}'|\bfault\(/)[0]
      const code = `STW-${match[1]}`
      const known = sentences.get(code) ?? new Set()
      // `{ code, what, ... }`: the sentence was made just above.
      const above = /^,\s*what[,\s]/.test(own ?? '')
      const from = above
        ? source
            .slice(0, match.index)
            .split(/\bconst what = /)
            .at(-1)
        : own
      for (const sentence of whatOf(from ?? '')) known.add(sentence)
      sentences.set(code, known)
    }
  }
  const silent = [...sentences].filter(([, known]) => known.size === 0).map(([code]) => code)
  if (silent.length > 0) throw new Error(`no sentence found for ${silent.join(', ')}`)
  const codes = [...sentences].sort(([a], [b]) => (a < b ? -1 : 1))
  const sections = [...new Set(codes.map(([code]) => code.charAt(4)))].map(letter => {
    const rows = codes.filter(([code]) => code.charAt(4) === letter)
    const lines = rows.map(
      ([code, known]) => `| ${code} | ${[...known].join('<br>').replaceAll('|', '\\|')} |`,
    )
    return `## ${areas[letter] ?? letter}\n\n| code | what |\n|---|---|\n${lines.join('\n')}\n`
  })
  return `# Problems

Each expected failure has a stable code. A message says what happened, where, why, and what to do next; below is the
first sentence of each, with … for names and values.

${sections.join('\n')}`
}

/** A code that has a name of its own is read as if it were written where the name is. */
function named(source: string): string {
  return [...source.matchAll(/^const (\w+) = ('STW-[A-Z]\d{3}')$/gm)].reduce(
    (now, [line, name, code]) =>
      now.replace(line, '').replaceAll(new RegExp(`\\b${name}\\b`, 'g'), code ?? ''),
    source,
  )
}

/** Not an event (their reference is a page of its own), not a comparison with a code. */
function isProblem(before: string, quoted: string, after: string): boolean {
  if (!quoted.includes('STW-')) return /\bfault\(\s*$/.test(before)
  if (/^[;,]?\s*(readonly )?type\b/.test(after)) return false
  return (
    /(\bcode:[^\n]*|\?\s*|:\s*|\bproblem\(\s*|\w+\(\s*)$/.test(before) &&
    !/(=== |includes\(|startsWith\()$/.test(before)
  )
}

/** The English sentences before `why`, `where` and `next`. */
function whatOf(source: string): readonly string[] {
  const what = source.split(/\b(?:why|where|next|evidence)\b\s*[:,]/)[0] ?? ''
  const texts = what.matchAll(/\btext\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`)/g)
  const all = [...texts].map(([, single, double, template]) => single ?? double ?? template ?? '')
  // Both halves of `condition ? text(...) : text(...)`; a call such as problem(code, where, what, next) has one.
  const shown = /\?\s*text\(/.test(what) ? all.slice(0, 2) : all.slice(0, 1)
  return shown.map(raw => raw.replace(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, '…').replace(/\\(.)/g, '$1'))
}
