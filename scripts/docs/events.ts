// docs/reference/events.md, read from the union in src/engine/events.ts: the type is the registry.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export function eventsReference(root: string): string {
  const source = readFileSync(join(root, 'src', 'engine', 'events.ts'), 'utf8')
  const members = source.matchAll(
    /\|\s*\{\s*readonly code: '(STW-E\d{3})';?\s*readonly type: '([^']+)'([^}]*)\}/g,
  )
  const rows = [...members].map(([, code, type, fields]) => {
    const names = [...(fields ?? '').matchAll(/readonly (\w+)(\??):\s*([^;\n]+)/g)].map(
      ([, name, optional, kind]) => `\`${name}${optional}\` ${kind?.trim().replaceAll('|', '\\|')}`,
    )
    return `| ${code} | \`${type}\` | ${names.join('<br>')} |`
  })
  if (rows.length === 0)
    throw new Error('no event found in src/engine/events.ts: has the shape of its union changed?')
  return `# Events

What happens during a run, as typed data. Codes are stable and never used again for something else. \`Text\` is
\`{ "en": ..., "de": ... }\`; times are milliseconds.

| code | type | fields |
|---|---|---|
${rows.join('\n')}
`
}
