import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { adapters, violations } from './import-law.ts'
import { blank, imports } from './source-text.ts'

const root = join(import.meta.dirname, '..')

function file(path: string, text: string) {
  return { path, text }
}

describe('the source', () => {
  const sources = globSync('src/**/*.ts', { cwd: root }).map(path => ({
    path,
    text: readFileSync(join(root, path), 'utf8'),
  }))

  it('keeps the import law', () => {
    expect(violations(sources)).toEqual([])
  })

  it('was really read', () => {
    expect(sources.length).toBeGreaterThan(25)
    expect(sources.flatMap(({ text }) => imports(text)).length).toBeGreaterThan(40)
  })

  it('holds no file that outgrew its concept', () => {
    const long = sources.filter(
      ({ path, text }) => text.split('\n').length > (path.endsWith('.test.ts') ? 600 : 400),
    )

    expect(long.map(({ path }) => path)).toEqual([])
  })
})

describe('the import law', () => {
  it.each([
    ['down', 'src/engine/run.ts', '../core/result.ts', []],
    ['inside a folder', 'src/release/a.ts', './b.ts', []],
    ['to what all may use', 'src/release/a.ts', '../checks/run.ts', []],
    ['to the message', 'src/watch/a.ts', '../notify/message.ts', []],
    ['to a package', 'src/config/a.ts', 'zod', []],
    ['up', 'src/core/a.ts', '../engine/plan.ts', ['src/core/a.ts imports src/engine/plan.ts']],
    ['across', 'src/release/a.ts', '../traffic/b.ts', ['src/release/a.ts imports src/traffic/b.ts']],
    ['between adapters', 'src/hosts/a.ts', '../services/b.ts', ['src/hosts/a.ts imports src/services/b.ts']],
    ['to a channel', 'src/watch/a.ts', '../notify/mail.ts', ['src/watch/a.ts imports src/notify/mail.ts']],
    ['to the root', 'src/cli/main.ts', '../wire.ts', ['src/cli/main.ts imports src/wire.ts']],
    [
      'into the tests',
      'src/core/a.ts',
      '../../test/rigs/sshd.ts',
      ['src/core/a.ts imports test/rigs/sshd.ts'],
    ],
    ['into a test', 'src/core/a.ts', './b.test.ts', ['src/core/a.ts imports the test src/core/b.test.ts']],
    ['from nowhere', 'src/helpers/a.ts', '../core/b.ts', ['src/helpers/a.ts is in no folder of the law']],
    [
      'to the disk',
      'src/release/a.ts',
      'node:fs',
      ['src/release/a.ts imports node:fs and is not an adapter'],
    ],
    ['to the disk, allowed', 'src/hosts/local.ts', 'node:fs', []],
  ])('%s', (_, from, to, expected) => {
    for (const text of [
      `import { b } from '${to}'`,
      `export * from "${to}"`,
      `const b = await import('${to}')`,
      `import * as b from '${to}'`,
    ]) {
      expect(violations([file(from, text)])).toEqual(expected)
    }
  })

  it.each([
    'console.log(1)',
    'process.exit(1)',
    'process.env.HOME',
    'Date.now()',
    'new Date()',
    'Math.random()',
    'process.stdout.write(x)',
  ])('finds %s outside of the adapters', code => {
    expect(violations([file('src/release/a.ts', `const x = \`a \${${code}} b\``)])).toHaveLength(1)
    expect(
      violations([file('src/release/a.ts', `// ${code}\nconst x = '${code}' + \`${code}\`\nnew Date(0)`)]),
    ).toEqual([])
    expect(violations([file('src/hosts/a.ts', code)])).toEqual([])
  })

  it.each([
    ["import { isIP, type Socket } from 'node:net'", 0],
    ["import type { Stats } from 'node:fs'", 0],
    ["import { isIP, connect } from 'node:net'", 1],
    ["import { connect as isIP } from 'node:net'", 1],
    ["import net from 'node:net'", 1],
    ["import 'node:net'", 1],
  ])('lets harmless parts of a module pass: %s', (text, count) => {
    expect(violations([file('src/checks/a.ts', text)])).toHaveLength(count)
  })

  it('finds a circle', () => {
    const sources = [
      file('src/core/a.ts', "import './b.ts'"),
      file('src/core/b.ts', "import type { D } from './d.ts'\nexport { c } from './c.ts'"),
      file('src/core/c.ts', "import type { D } from './d.ts'\nimport { type A } from './a.ts'"),
    ]

    expect(violations(sources)).toEqual([
      'circle: src/core/a.ts -> src/core/b.ts -> src/core/c.ts -> src/core/a.ts',
    ])
  })

  it('lets types mention each other, and lazy code look back', () => {
    const sources = [
      file('src/core/a.ts', "import type {\n  B,\n} from './b.ts'"),
      file('src/core/b.ts', "import './a.ts'\nconst load = () => import('./c.ts')"),
      file('src/core/c.ts', "import './b.ts'"),
    ]

    expect(violations(sources)).toEqual([])
  })

  it('lists no adapter that does not exist', () => {
    const gone = Object.keys(adapters).filter(place => !existsSync(join(root, place)))

    expect(gone).toEqual([])
  })
})

describe('blanking', () => {
  it.each([
    ["a('x//y') // z", "a('    ')     "],
    ['a(/[/"]/, "b")', 'a(/    /, " ")'],
    ['a / b / c', 'a / b / c'],
    ['`x ${ {a: `y`}.a } z`', '`  ${ {a: ` `}.a }  `'],
    ['/* a\n b */ c', '    \n      c'],
    ["'it\\'s' + x", "'     ' + x"],
  ])('%s', (source, expected) => {
    expect(blank(source)).toBe(expected)
  })
})
