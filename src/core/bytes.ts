// Sizes in words: "512 kB", "16 MB", "1.5 GB" (decimal units, as disks and networks count).
const units: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
}

/** Bytes, or undefined when the text is not a size. */
export function parseBytes(input: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s?(B|kB|MB|GB|TB|KiB|MiB|GiB)$/.exec(input)
  const factor = units[match?.[2] ?? '']
  return match && factor !== undefined ? Math.round(Number(match[1]) * factor) : undefined
}

export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`
  if (bytes < 1e9) return `${(bytes / 1e6).toFixed(1)} MB`
  return `${(bytes / 1e9).toFixed(1)} GB`
}
