// Values as a person writes them in YAML.

/** Words that YAML, in one version or another, takes for something else than text. */
const reserved = /^(true|false|null|yes|no|on|off|y|n)$/i

/** A value on one line of YAML, quoted only where it must be. Reading it gives the same value again. */
export function written(value: unknown): string {
  if (typeof value === 'string') {
    const plain = /^[A-Za-z/]([\w/.@ -]*[\w/.-])?$/.test(value) && !reserved.test(value)
    return plain ? value : JSON.stringify(value)
  }
  if (Array.isArray(value)) return `[${value.map(written).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  const entries = Object.entries(value).map(([key, item]) => `${written(key)}: ${written(item)}`)
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`
}
