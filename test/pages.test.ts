// The pages stay true where a machine can tell: links lead somewhere, YAML is what the schema accepts.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { commands } from '../src/cli/commands.ts'
import { globalOptions } from '../src/cli/program.ts'
import { rootSchema } from '../src/config/schema/root.ts'

const root = join(import.meta.dirname, '..')
const pages = globSync('{*.md,docs/**/*.md,src/*/README.md}', { cwd: root }).sort()

describe.each(pages)('%s', page => {
  const text = readFileSync(join(root, page), 'utf8')
  const prose = text.replaceAll(/^ *```[\s\S]*?^ *```$/gm, '')

  it('links to what exists', () => {
    const broken = [...prose.matchAll(/\]\(([^)#]*)(#[^)]*)?\)/g)].flatMap(([, file = '', anchor]) => {
      if (/^https?:/.test(file)) return []
      const target = file === '' ? page : join(dirname(page), file)
      if (!existsSync(join(root, target))) return [file]
      return anchor === undefined || anchors(target).includes(anchor) ? [] : [file + anchor]
    })

    expect(broken).toEqual([])
  })

  it('names source files that exist', () => {
    const gone = [...prose.matchAll(/`((?:src|test|scripts|docs)\/[\w./-]+\.(?:ts|md|txt))`/g)]
      .map(([, file = '']) => file)
      .filter(file => !existsSync(join(root, file)))

    expect(gone).toEqual([])
  })

  it('names commands and flags that exist', () => {
    const inline = [...prose.matchAll(/`(stellwerk [^`]+)`/g)].map(([, words = '']) =>
      words.replace(/\s+/g, ' '),
    )
    const blocks = [...text.matchAll(/^ *```[\s\S]*?^ *```$/gm)].flatMap(([block]) => block.split('\n'))
    const shown = blocks.flatMap(line => /^\s*(?:[$→] |- run: npx )?(stellwerk \S.*)$/.exec(line)?.[1] ?? [])
    const wrong = [...inline, ...shown].filter(line => !isCommand(line))

    expect(wrong).toEqual([])
  })

  it('shows YAML that the schema accepts', () => {
    const blocks = [...text.matchAll(/^( *)```yaml[^\n]*\n([\s\S]*?)^\1```$/gm)].map(
      ([, indent = '', body = '']) => parse(body.replaceAll(new RegExp(`^${indent}`, 'gm'), '')),
    )
    const refused = blocks
      .map(block => ('version' in block ? rootSchema : rootSchema.partial()).safeParse(block).error?.issues)
      .filter(issues => issues !== undefined)

    expect(refused).toEqual([])
  })
})

describe('docs/reference/json.md', () => {
  it('shows every document that the program writes', () => {
    const sources = globSync('src/**/*.ts', { cwd: root }).filter(file => !file.endsWith('.test.ts'))
    const schemas = new Set(
      sources.flatMap(
        file => readFileSync(join(root, file), 'utf8').match(/(?<=')stellwerk\.[a-z.-]+\/1(?=')/g) ?? [],
      ),
    )
    const page = readFileSync(join(root, 'docs/reference/json.md'), 'utf8')

    expect(schemas.size).toBeGreaterThan(15)
    expect([...schemas].filter(schema => !page.includes(schema))).toEqual([])
  })
})

/** `stellwerk deploy production --wait 5m  # words` is one; what stands behind `--` or `&&` is not asked. */
function isCommand(line: string): boolean {
  const words = (line.split(/ #| -- | && | \|/)[0] ?? '').trim().split(/\s+/).slice(1)
  // `backup list` before `backup`.
  const command = [3, 2, 1]
    .map(count => commands.find(({ name }) => name === words.slice(0, count).join(' ')))
    .find(found => found !== undefined)
  const known = [...(command?.flags ?? []).map(({ name }) => `--${name}`), ...globals, '--help']
  const flags = words.filter(word => word.startsWith('--'))
  if (words[0]?.startsWith('-')) return ['--version', '--help'].includes(words[0])
  // Placeholders stand for any command, and for a group such as `keys`.
  if (words[0]?.startsWith('<') || words[0] === '…') return true
  return command !== undefined && flags.every(flag => known.includes(flag.split('=')[0] ?? ''))
}

const globals = globalOptions('en').map(({ long }) => long ?? '')

function anchors(page: string): readonly string[] {
  const titles = readFileSync(join(root, page), 'utf8').matchAll(/^#+ (.*)$/gm)
  return [...titles].map(
    ([, title = '']) =>
      `#${title
        .toLowerCase()
        .replaceAll(/[^\w\s-]/g, '')
        .trim()
        .replaceAll(/\s/g, '-')}`,
  )
}
