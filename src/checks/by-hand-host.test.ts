import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { commandByHand } from './by-hand-host.ts'

const ask = (command: string, cwd?: string, on: 'host' | 'here' = 'here') =>
  commandByHand(
    { ...({ kind: 'command' } as Parameters<typeof commandByHand>[0]), command, on, cwd },
    { root: '/' },
  )

test.each([
  ['it ends with its own verdict', 'false && exit\necho no\nexit 1\n'],
  ['it ends with a comment', 'echo no # and why'],
  ['its directory is not there', 'true || echo yes', '/nowhere'],
])('whoever pastes a command keeps their shell: %s', (_, command, cwd?: string) => {
  const pasted = [...ask(command, cwd), 'echo "still here"'].join('\n')

  const said = execFileSync('sh', ['-c', pasted], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })

  expect(said).toBe(`${cwd === undefined ? 'no\n' : ''}still here\n`)
})

test('on a host it stands in the release that serves', () => {
  expect(ask('./ok', undefined, 'host')).toEqual(['(cd //current || exit; ./ok)'])
})
