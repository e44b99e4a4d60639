// Every variant of the reference systems still fits its app: an edit that does not would silently be no variant.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ablage } from '../examples/ablage/variants/variants.ts'
import { applyVariant } from '../examples/variants.ts'

test.each(Object.keys(ablage.variants) as (keyof typeof ablage.variants)[])('ablage: %s', name => {
  const directory = mkdtempSync(join(tmpdir(), 'stellwerk-variant-'))
  try {
    expect(() => applyVariant(ablage, directory, name)).not.toThrow()
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})
