import { expect, test } from 'vitest'
import type { Context } from './context.ts'
import { lineWriter } from './lines.ts'

function written(tty: boolean, line: string): string {
  const all: string[] = []
  const io = { out: (text: string) => void all.push(text), tty: { out: tty } }
  lineWriter({ io, flags: {} } as unknown as Context, 'stellwerk.logs/1', {}, 'web  ')(line, 'stdout')
  return all.join('')
}

test('what a stranger wrote into a log moves no cursor of the person who reads it', () => {
  const line = 'GET /\u001b]0;pwn\u0007\u001b[2J\t\u001b[31mred\r'

  expect(written(true, line)).toBe('web  GET / ]0;pwn  [2J\t\u001b[31mred \u001b[0m\n')
  expect(written(false, line)).toBe(`web  ${line}\n`)
})
