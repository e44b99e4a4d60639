// Reads a scan with tesseract, German and English. A PDF becomes one picture a page first, through poppler.
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Settings } from './settings.ts'

const execute = promisify(execFile)
const timeout = 120_000
const dpi = '200'

export interface Reading {
  readonly text: string
  readonly source: string
}

/** Throws with a sentence for people when a tool is missing or cannot read the file. */
export async function readScan(file: string, typ: string, tools: Settings['tools']): Promise<Reading> {
  if (typ !== 'application/pdf') return { text: await readPicture(file, tools), source: 'tesseract' }
  const directory = await mkdtemp(join(tmpdir(), 'ablage-seiten-'))
  try {
    await run(tools.pdftoppm, ['-r', dpi, '-gray', '-png', file, join(directory, 'seite')], 'poppler-utils')
    const pages = (await readdir(directory)).sort()
    if (pages.length === 0) throw new Error('das PDF hat keine Seite')
    const texts: string[] = []
    for (const page of pages) texts.push(await readPicture(join(directory, page), tools))
    return { text: texts.join('\n\f\n'), source: 'tesseract' }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** Version and languages; throws when it is not there. */
export async function ocrFacts(tools: Settings['tools']): Promise<{ version: string; sprachen: string[] }> {
  const listed = await run(tools.tesseract, ['--list-langs'], 'tesseract-ocr')
  const version = await run(tools.tesseract, ['--version'], 'tesseract-ocr')
  return {
    version: version.split('\n')[0] ?? '',
    sprachen: listed.split('\n').slice(1).filter(Boolean),
  }
}

async function readPicture(file: string, tools: Settings['tools']): Promise<string> {
  const words = [file, '-', '-l', 'deu+eng', '--dpi', dpi]
  return (await run(tools.tesseract, words, 'tesseract-ocr tesseract-ocr-deu')).trim()
}

async function run(program: string, args: readonly string[], debian: string): Promise<string> {
  try {
    // One thread a page: several workers share the machine.
    const env = { ...process.env, OMP_THREAD_LIMIT: '1' }
    const { stdout } = await execute(program, [...args], { timeout, env, maxBuffer: 1 << 26 })
    return stdout
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string }
    if (code === 'ENOENT') throw new Error(`${program} fehlt auf dieser Maschine: apt-get install ${debian}`)
    throw new Error(`${program} endet mit ${String(code)}: ${(stderr ?? '').trim().split('\n')[0] ?? ''}`)
  }
}
