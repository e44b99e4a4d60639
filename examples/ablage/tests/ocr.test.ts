import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gpuMemory } from '../src/gpu.ts'
import { ocrFacts, readScan } from '../src/ocr.ts'
import { root, standIn } from './place.ts'

const tools = { tesseract: 'tesseract', pdftoppm: 'pdftoppm', nvidiaSmi: 'nvidia-smi' }
const picture = join(root, 'fixtures/rechnung.png')

test('a picture and a PDF that holds only a picture are read, umlauts included', async () => {
  const [png, pdf] = await Promise.all([
    readScan(picture, 'image/png', tools),
    readScan(join(root, 'fixtures/rechnung.pdf'), 'application/pdf', tools),
  ])

  for (const { text, source } of [png, pdf]) {
    assert.match(text, /Rechnung Nr\. 4711/)
    assert.match(text, /Für die Prüfung der Anlage/)
    assert.match(text, /Müller & Söhne/)
    assert.equal(source, 'tesseract')
  }
  assert.ok((await ocrFacts(tools)).sprachen.includes('deu'))
})

test('a missing tool is named with its package, a file that is none is an error', async context => {
  const directory = mkdtempSync(join(tmpdir(), 'ablage-ocr-'))
  context.after(() => rmSync(directory, { recursive: true }))
  writeFileSync(join(directory, 'broken.pdf'), '%PDF-1.4 and then nothing')

  const missing = { ...tools, tesseract: join(directory, 'none') }
  await assert.rejects(readScan(picture, 'image/png', missing), /fehlt .*apt-get install tesseract-ocr/)
  await assert.rejects(readScan(join(directory, 'broken.pdf'), 'application/pdf', tools), /pdftoppm endet/)
})

test('a card is judged by its memory; without one nothing is known', async context => {
  const directory = mkdtempSync(join(tmpdir(), 'ablage-gpu-'))
  context.after(() => rmSync(directory, { recursive: true }))
  const memory = (used: number) => {
    const nvidiaSmi = standIn(directory, `smi-${used}`, `echo "NVIDIA GeForce RTX 4080, ${used}, 16376"`)
    return gpuMemory({ tools: { ...tools, nvidiaSmi }, gpuLimitGb: 13.6 })
  }

  const found = await Promise.all([2_000, 12_500, 14_200].map(memory))

  assert.deepEqual(
    found.map(({ status, is_critical }) => [status, is_critical]),
    [
      ['gesund', false],
      ['warnung', false],
      ['kritisch', true],
    ],
  )
  const none = await gpuMemory({
    tools: { ...tools, nvidiaSmi: join(directory, 'none') },
    gpuLimitGb: 13.6,
  })
  assert.deepEqual([none.status, none.gpu_available], ['unbekannt', false])
})
