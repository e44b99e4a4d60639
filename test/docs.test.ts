// Every page that shows runnable commands is run from top to bottom, as a reader would, in an empty directory.
import { spawnSync } from 'node:child_process'
import {
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runnableParts } from './docs-page.ts'

const root = join(import.meta.dirname, '..')
const pages = globSync('{README.md,docs/{tutorials,guides}/*.md}', { cwd: root }).sort()
/** What a page names and this machine may already use. */
const ports = ['3001', '3002', '8080']

let place: string
let reader: {
  readonly directory: string
  readonly env: NodeJS.ProcessEnv
  readonly own: (text: string) => string
}

beforeEach(async () => {
  place = mkdtempSync(join(tmpdir(), 'stellwerk-docs-'))
  const bin = join(place, 'bin')
  const directory = join(place, 'reader')
  mkdirSync(bin)
  mkdirSync(directory)
  symlinkSync(join(root, 'bin', 'stellwerk.js'), join(bin, 'stellwerk'))
  const free = await freePorts(ports.length)
  reader = {
    directory,
    env: {
      ...process.env,
      HOME: place,
      GIT_AUTHOR_NAME: 'reader',
      GIT_AUTHOR_EMAIL: 'reader@example.org',
      GIT_COMMITTER_NAME: 'reader',
      GIT_COMMITTER_EMAIL: 'reader@example.org',
      XDG_STATE_HOME: join(place, 'state'),
      LC_ALL: 'C.UTF-8',
      PATH: [bin, dirname(process.execPath), process.env['PATH']].join(delimiter),
    },
    own: text =>
      ports
        .reduce((now, port, at) => now.replaceAll(port, String(free[at])), text)
        .replaceAll('/tmp/hello', join(place, 'hello')),
  }
})

afterEach(() => {
  for (const pid of processesIn(place)) process.kill(pid, 'SIGKILL')
  rmSync(place, { recursive: true, force: true })
})

describe('the pages', () => {
  const runnable = pages
    .map(page => [page, runnableParts(readFileSync(join(root, page), 'utf8'))] as const)
    .filter(([, parts]) => parts.some(({ kind }) => kind === 'commands'))

  it('were found', () => {
    expect(pages.length).toBeGreaterThan(5)
  })

  it.each(runnable)('%s does what it says', (_, parts) => {
    for (const part of parts) {
      if (part.kind === 'file') writeFileSync(join(reader.directory, part.name), reader.own(part.text))
      else {
        const script = reader.own(part.text)
        const { status, stdout, stderr } = spawnSync('sh', ['-eu', '-c', script], {
          cwd: reader.directory,
          env: reader.env,
          encoding: 'utf8',
        })
        expect(status, `${script}\n${stdout}\n${stderr}`).toBe(part.exit)
      }
    }
  })
})

describe('a page', () => {
  it('gives its files and commands, and nothing else', () => {
    const page = [
      '# T',
      '```sh',
      'rm -rf /',
      '```',
      '1. x',
      '   ```sh test exit=5',
      '   a',
      '     b',
      '   ```',
      '```js file=a.js',
      'x()',
      '```',
    ].join('\n')

    expect(runnableParts(page)).toEqual([
      { kind: 'commands', exit: 5, text: 'a\n  b\n' },
      { kind: 'file', name: 'a.js', text: 'x()\n' },
    ])
  })
})

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>(resolve => {
          const server = createServer().listen(0, '127.0.0.1', () => resolve(server))
        }),
    ),
  )
  return Promise.all(
    servers.map(server => {
      const address = server.address()
      return new Promise<number>(resolve =>
        server.close(() => resolve(typeof address === 'object' && address ? address.port : 0)),
      )
    }),
  )
}

/** Processes that a page started and left running: those whose directory or command line lies in `directory`. */
function processesIn(directory: string): readonly number[] {
  return globSync('[0-9]*', { cwd: '/proc' })
    .map(Number)
    .filter(pid => {
      try {
        return (
          readlinkSync(`/proc/${pid}/cwd`).startsWith(directory) ||
          readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(directory)
        )
      } catch {
        // It ended meanwhile, or belongs to somebody else.
        return false
      }
    })
}
