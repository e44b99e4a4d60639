// Every variant of the reference systems still fits its app: an edit that does not would silently be no variant.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ablage } from '../examples/ablage/variants/variants.ts'
import { serviceheft } from '../examples/serviceheft/variants/variants.ts'
import { applyVariant, type Example } from '../examples/variants.ts'

const examples: readonly Example[] = [ablage, serviceheft]
const all = examples.flatMap(example =>
  Object.entries(example.variants).map(([name, { about }]) => ({ example, name, about })),
)

test.each(all)('$name: $about', ({ example, name }) => {
  const directory = mkdtempSync(join(tmpdir(), 'stellwerk-variant-'))
  try {
    expect(() => applyVariant(example, directory, name)).not.toThrow()
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})
