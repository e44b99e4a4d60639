// What is published, as a user gets it: packed, installed by npm into an empty folder, started on the Node that is there.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const version = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version
/** False only while the program's entry is still being written. */
const hasProgram = existsSync(join(root, 'src/wire.ts'))

// A user's PATH: without the tools of this repository.
const path = (process.env['PATH'] ?? '').split(delimiter).filter(entry => !entry.includes('node_modules'))
const env = { ...process.env, PATH: path.join(delimiter), LC_ALL: 'C', npm_config_update_notifier: 'false' }

let directory: string
let packed: readonly string[]
let installed: string

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'stellwerk-package-'))
  execFileSync(process.execPath, ['scripts/build.ts'], { cwd: root, stdio: 'pipe' })
  const [{ filename, files }] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', directory], {
      cwd: root,
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  )
  packed = files.map((file: { path: string }) => file.path).sort()
  mkdirSync(join(directory, 'user'))
  writeFileSync(join(directory, 'user', 'package.json'), '{ "private": true }')
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', join(directory, filename)], {
    cwd: join(directory, 'user'),
    env,
    stdio: 'pipe',
  })
  installed = join(directory, 'user', 'node_modules', 'stellwerk')
})

afterAll(() => rmSync(directory, { recursive: true, force: true }))

describe('the package', () => {
  it('holds the program and nothing else', () => {
    const strange = packed.filter(
      file => !/^(bin|dist|schema)\/|^(README\.md|LICENSE|package\.json)$/.test(file),
    )

    expect(strange).toEqual([])
    expect(packed).toContain('bin/stellwerk.js')
    expect(packed).toContain('dist/THIRD-PARTY.txt')
    if (hasProgram) expect(packed).toContain('dist/cli.js')
  })

  it('names no path of the machine that built it', () => {
    const texts = globSync('**/*.*', { cwd: installed }).filter(file => !file.startsWith('node_modules'))
    const telling = texts.filter(file => readFileSync(join(installed, file)).includes(root))

    expect(texts.length).toBeGreaterThan(3)
    expect(telling).toEqual([])
  })

  it('installs nothing but the Node it runs on', () => {
    const folders = globSync('node_modules/*', { cwd: join(directory, 'user') }).sort()

    expect(folders.filter(folder => !/node_modules\/(node|node-[a-z0-9-]+|stellwerk)$/.test(folder))).toEqual(
      [],
    )
  })
})

describe.runIf(hasProgram)('the installed command', () => {
  const run = (...args: string[]) =>
    spawnSync('npx', ['--no-install', 'stellwerk', ...args], {
      cwd: join(directory, 'user'),
      env,
      encoding: 'utf8',
    })

  it('tells its version', () => {
    const { stdout, stderr, status } = run('--version')

    expect({ stdout: stdout.trim(), status }, stderr).toEqual({ stdout: version, status: 0 })
  })

  it('writes a config that it accepts', () => {
    writeFileSync(
      join(directory, 'user', 'server.js'),
      'require("http").createServer().listen(process.env.PORT)\n',
    )

    for (const command of ['init', 'validate']) {
      const { status, stdout, stderr } = run(command)
      expect(status, stdout + stderr).toBe(0)
    }
  })

  it('passes an exit code through', () => {
    expect(run('no-such-command').status).toBe(2)
  })
})

describe('the launcher on an older Node', () => {
  const older = path.map(entry => join(entry, 'node')).find(file => existsSync(file) && majorOf(file) < 24)

  /** A package whose program reports and then does what the test says. */
  function launch(program: string, ...args: string[]) {
    const place = mkdtempSync(join(directory, 'launch-'))
    mkdirSync(join(place, 'bin'))
    mkdirSync(join(place, 'dist'))
    for (const file of ['stellwerk.js', 'package.json'])
      writeFileSync(join(place, 'bin', file), readFileSync(join(root, 'bin', file)))
    writeFileSync(join(place, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(place, 'dist', 'cli.js'), program)
    return [older ?? '', [join(place, 'bin', 'stellwerk.js'), ...args]] as const
  }

  it.skipIf(older === undefined)('hands over to Node 24 with arguments, input and exit code', () => {
    const [node, args] = launch(
      `export async function main(argv) {
        let input = ''
        for await (const chunk of process.stdin) input += chunk
        console.log(JSON.stringify([Number(process.versions.node.split('.')[0]), argv, input]))
        return 7
      }`,
      'a b',
      '--c',
    )
    const [file, rest] = [node, args]
    const { stdout, stderr, status } = spawnSync(file, rest, {
      env: withNode(),
      input: 'hello',
      encoding: 'utf8',
    })

    expect({ out: stdout === '' ? stderr : JSON.parse(stdout), status }).toEqual({
      out: [24, ['a b', '--c'], 'hello'],
      status: 7,
    })
  })

  it.skipIf(older === undefined)('passes a signal on and ends by it', async () => {
    const [node, args] =
      launch(`process.once('SIGTERM', () => { console.log('seen'); process.kill(process.pid, 'SIGTERM') })
      setInterval(() => {}, 1000); console.log('ready')`)
    const child = spawn(node, args, { env: withNode(), stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    for await (const chunk of child.stdout) {
      output += chunk
      if (output === 'ready\n') child.kill('SIGTERM')
    }
    const signal = child.signalCode ?? (await once(child, 'exit'))[1]

    expect({ output, signal }).toEqual({ output: 'ready\nseen\n', signal: 'SIGTERM' })
  })

  it.skipIf(older === undefined)('says what is missing, in the language of the person', () => {
    const [node, args] = launch('')
    const english = spawnSync(node, args, { env, encoding: 'utf8' })
    const german = spawnSync(node, args, { env: { ...env, LC_ALL: 'de_DE.UTF-8' }, encoding: 'utf8' })

    expect(english.status).toBe(69)
    expect(english.stderr).toMatch(
      /^Stellwerk needs Node 24 or newer; this is v\d+.*\n.*node_modules\/node\n[\s\S]*npm install --allow-scripts=node node@24/,
    )
    expect(german.stderr).toMatch(/^Stellwerk braucht Node 24/)
  })

  /** The launcher finds Node 24 by Node's own module search. */
  function withNode() {
    return { ...env, NODE_PATH: join(root, 'node_modules') }
  }
})

function majorOf(node: string): number {
  return Number(
    /^v(\d+)/.exec(spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout)?.[1] ??
      Number.POSITIVE_INFINITY,
  )
}
