import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { aTerminal } from '../../test/helpers/a-terminal.ts'
import { commands } from './commands.ts'
import { completionScript } from './completion.ts'
import { confirm } from './confirm.ts'
import type { Context } from './context.ts'
import { runCli } from './main.ts'
import { exitFor, exitForRun } from './outcome.ts'
import { paletteFor } from './present/palette.ts'
import { renderProblem } from './present/problem.ts'
import type { Wiring } from './wiring.ts'

async function cli(argv: readonly string[], wiring: Partial<Wiring> = {}, env: Wiring['env'] = {}) {
  const io = aTerminal()
  const code = await runCli(argv, io, new AbortController().signal, async () => wiring as Wiring, {
    version: '1.2.3',
    env,
  })
  return { code, stdout: io.stdout(), stderr: io.stderr() }
}

test('version and help are results and end with 0', async () => {
  expect(await cli(['--version'])).toEqual({ code: 0, stdout: '1.2.3\n', stderr: '' })
  expect(await cli(['deploy', '--help'])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('stellwerk deploy staging'),
  })
})

test('no word at all shows the help and is a usage error', async () => {
  expect(await cli([])).toMatchObject({ code: 2, stdout: expect.stringContaining('Commands:') })
})

test.each([
  [['deplyo'], "unknown command 'deplyo'"],
  [['deploy', '--refs', 'x'], "unknown option '--refs'"],
  [['plan'], "missing required argument 'procedure'"],
  [['init', '--kind', 'cobol'], "argument 'cobol' is invalid"],
  [['deploy', '--lang', 'fr'], "argument 'fr' is invalid"],
])('%j is a usage error that says what is wrong', async (argv, words) => {
  const { code, stdout, stderr } = await cli(argv)

  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(words)
})

test('a mistyped verb is guessed', async () => {
  expect((await cli(['deplyo'])).stderr).toContain('Did you mean deploy?')
})

test('German by locale, by variable and by flag, in this order of weight', async () => {
  const words = 'bauen, senden, umschalten'
  expect((await cli(['--help'], {}, { LANG: 'de_DE.UTF-8' })).stdout).toContain(words)
  expect((await cli(['--help'], {}, { LANG: 'de_DE.UTF-8', STELLWERK_LANG: 'en' })).stdout).not.toContain(
    words,
  )
  expect((await cli(['deploy', '--help', '--lang', 'de'])).stdout).toContain('Beispiele')
})

test('a bug is exit 70 with its stack and the version', async () => {
  const broken = async () => {
    throw new Error('boom')
  }

  const { code, stderr } = await cli(['validate'], { validate: broken })

  expect(code).toBe(70)
  expect(stderr).toContain('bug in Stellwerk 1.2.3')
  expect(stderr).toContain('boom')
})

test('exit codes by what happened', () => {
  const problem = (code: string) => exitFor({ code, what: { en: '', de: '' } })

  expect(
    ['done', 'undone', 'unchanged', 'left-out', 'needs-a-look', 'waiting'].map(status =>
      exitForRun(status as 'done'),
    ),
  ).toEqual([0, 1, 1, 4, 4, 10])
  expect(
    [
      'STW-C001',
      'STW-E113',
      'STW-E112',
      'STW-E110',
      'STW-E114',
      'STW-H003',
      'STW-U001',
      'STW-U002',
      'STW-K001',
      'STW-D104',
    ].map(problem),
  ).toEqual([3, 6, 6, 6, 7, 7, 2, 8, 5, 1])
})

const context = (io: ReturnType<typeof aTerminal>, flags = {}) =>
  ({ io, flags, lang: 'en' }) as unknown as Context

test('nobody there means no, and says how to say yes', async () => {
  expect(await confirm(context(aTerminal()), '', 'Sure?', 'stellwerk deploy production')).toMatchObject({
    code: 'STW-U002',
    next: [{ en: 'stellwerk deploy production --yes' }],
  })
})

test.each([
  ['y', true],
  ['Ja', true],
  ['', false],
  ['n', false],
  ['yesterday', false],
])('the answer "%s"', async (answer, agreed) => {
  expect((await confirm(context(aTerminal(answer)), '', 'Sure?', 'x')) === undefined).toBe(agreed)
})

test('a problem says what, where, why, its evidence, and what to do next', () => {
  const problem = {
    code: 'STW-X001',
    what: { en: 'The bridge is up', de: 'Die Brücke ist oben' },
    where: { host: 'web1', step: 'switch/web1/link' },
    why: { en: 'a ship passes', de: 'ein Schiff fährt durch' },
    evidence: 'one\ntwo',
    next: [{ en: 'Wait', de: 'Warten' }],
  }

  expect(renderProblem(problem, 'en', paletteFor(false))).toMatchInlineSnapshot(`
    "✖ The bridge is up  STW-X001
      where: web1  switch/web1/link
      why:   a ship passes
        │ one
        │ two
      → Wait
    "
  `)
  expect(renderProblem(problem, 'de', paletteFor(false))).toMatchInlineSnapshot(`
    "✖ Die Brücke ist oben  STW-X001
      wo:   web1  switch/web1/link
      weil: ein Schiff fährt durch
        │ one
        │ two
      → Warten
    "
  `)
})

test('the bash completion is a script that bash reads, and it knows every verb and flag', () => {
  const script = completionScript('bash', commands, 'en')

  execFileSync('bash', ['-n'], { input: script })
  for (const command of commands) {
    expect(script).toContain(command.name.split(' ').at(-1))
    for (const flag of command.flags ?? []) expect(script).toContain(`--${flag.name}`)
  }
})

test('every command has an example that begins with its own name, and loads', async () => {
  for (const command of commands) {
    expect(command.examples.every(example => example.startsWith(`stellwerk ${command.name}`))).toBe(true)
    expect(await command.load()).toHaveProperty('run')
  }
})

test('a warning shows its line, its reason and the way out, like a problem', async () => {
  const warning = {
    code: 'STW-C091',
    what: { en: 'nothing is verified', de: 'nichts wird geprüft' },
    why: { en: 'it would count as proven', de: 'es gälte als bewährt' },
    next: [{ en: 'add a check', de: 'eine Prüfung ergänzen' }],
    where: { file: 'stellwerk.yaml', line: 3, column: 1 },
    excerpt: { text: 'verify: {}', width: 6 },
  }
  const validate = async () => ({
    ok: true as const,
    value: { file: 'stellwerk.yaml', validation: { environments: ['p'], problems: [], warnings: [warning] } },
  })

  const { code, stderr } = await cli(['validate', '--lang', 'de'], { validate })

  expect(code).toBe(0)
  expect(stderr).toMatchInlineSnapshot(`
    "stellwerk.yaml:3:1  Warnung: nichts wird geprüft  STW-C091
      3 | verify: {}
        | ~~~~~~
          es gälte als bewährt
          -> eine Prüfung ergänzen
    "
  `)
})
