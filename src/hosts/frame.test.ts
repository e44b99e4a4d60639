import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bootstrap, frame, packedCommand, remoteCommand } from './frame.ts'
import { makeUnframe } from './unframe.ts'

const nonce = '0123456789abcdef0123456789abcdef'
const shells = ['dash', 'bash', 'busybox'] as const

/** Runs the bootstrap in a shell with exactly these bytes on standard input. */
function feed(shell: (typeof shells)[number], input: string | Buffer) {
  const args = [...(shell === 'busybox' ? ['sh'] : []), ...bootstrap.slice(1)]
  return spawnSync(shell, args, { input, encoding: 'utf8' })
}

/** What comes out of the stream when it arrives in these pieces. */
function unframed(pieces: readonly Buffer[]) {
  let text = ''
  const reader = makeUnframe(
    nonce,
    bytes => {
      text += bytes.toString('latin1')
    },
    () => {},
  )
  for (const piece of pieces) reader.push(piece)
  reader.end()
  return { text, pid: reader.pid, code: reader.code, noise: reader.noise }
}

describe.each(shells)('a frame in %s', shell => {
  it('reports begin and end on both streams, under the shell’s own process id', () => {
    const { stdout, stderr, status } = feed(shell, frame('echo out; echo err >&2; exit 9', nonce, false))

    expect(status).toBe(9)
    expect(stdout).toMatch(new RegExp(`^${nonce} begin \\d+\nout\n${nonce} end 9\n$`))
    expect(stderr).toMatch(new RegExp(`^${nonce} begin \\d+\nerr\n${nonce} end 9\n$`))
  })

  it('leaves the bytes after it to the script', () => {
    const data = Buffer.from(Array.from({ length: 70_000 }, (_, i) => i % 256))

    const { stdout } = feed(shell, Buffer.concat([Buffer.from(frame('cksum', nonce, true)), data]))

    expect(stdout).toContain(spawnSync('cksum', { input: data, encoding: 'utf8' }).stdout)
  })

  it.each([false, true])('runs nothing when it is cut anywhere (data: %s)', data => {
    const script = `echo ran
if true; then echo ran; fi
cat <<END
ran
END
( echo ran ) # 'ran'
echo "ran"`
    const whole = Buffer.from(frame(script, nonce, data))

    fc.assert(
      fc.property(fc.integer({ min: 0, max: whole.length - 2 }), length => {
        const { stdout } = feed(shell, whole.subarray(0, length))

        expect(stdout).not.toMatch(/ran/)
      }),
      { numRuns: 40, examples: [[whole.length - 2], [whole.length - 3], [whole.length - 12]] },
    )
  })

  it('carries every character of a script', () => {
    const every = String.fromCharCode(...Array.from({ length: 0x2ff }, (_, i) => i + 1)).replaceAll("'", '')

    for (const data of [false, true]) {
      const { stdout } = feed(shell, frame(`printf '%s' '${every}'`, nonce, data))

      expect(stdout.split('\n').slice(1).join('\n')).toBe(`${every}${nonce} end 0\n`)
    }
  })
})

describe.each(shells)('a packed command in %s', shell => {
  const start = (command: string, input = '') =>
    spawnSync(shell, [...(shell === 'busybox' ? ['sh'] : []), '-c', command], { input, encoding: 'utf8' })

  it('reports like a frame and leaves all of its standard input to the script', () => {
    const { stdout, stderr, status } = start(
      packedCommand("cat; echo 'err' >&2; exit 9", nonce, true) ?? '',
      'in',
    )

    expect(status).toBe(9)
    expect(stdout).toMatch(new RegExp(`^${nonce} begin \\d+\nin${nonce} end 9\n$`))
    expect(stderr).toMatch(new RegExp(`^${nonce} begin \\d+\nerr\n${nonce} end 9\n$`))
  })

  it('runs nothing of a script with a syntax error, and reads nothing without data', () => {
    expect(start(packedCommand('echo ran\nif', nonce, false) ?? '').stdout).not.toMatch(/ran/)
    expect(start(packedCommand('cat', nonce, false) ?? '', 'data').stdout).not.toMatch(/data/)
  })
})

describe('a packed command', () => {
  it('needs no character that a login shell might read in its own way', () => {
    const command = packedCommand(`echo '!' "\\" $HOME \`x\``, nonce, false) ?? ''

    expect(command).not.toMatch(/[\\!\n]/)
    expect(command.split("'")).toHaveLength(3)
  })

  it('is not made of a script that is too long for it', () => {
    expect(packedCommand(`echo ${randomBytes(64 * 1024).toString('hex')}`, nonce, false)).toBeUndefined()
  })
})

describe('a frame', () => {
  it('needs no character that a login shell might read in its own way', () => {
    expect(remoteCommand).not.toMatch(/[\\!\n]/)
    expect(remoteCommand.split("'")).toHaveLength(3)
  })

  it('refuses NUL', () => {
    expect(() => frame('a\0b', nonce, false)).toThrow('NUL')
  })
})

describe('unframe', () => {
  const stream = Buffer.from(
    `welcome ${nonce.slice(0, 9)}\n${nonce} begin 123\nbody ${nonce.slice(0, 20)} x\n${nonce} end 4\nrest`,
  )

  it('finds the same in every division of the stream', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: stream.length - 1 })), cuts => {
        const at = [0, ...cuts.toSorted((a, b) => a - b), stream.length]
        const pieces = at.slice(1).map((end, i) => stream.subarray(at[i], end))

        expect(unframed(pieces)).toEqual({
          text: `body ${nonce.slice(0, 20)} x\n`,
          pid: 123,
          code: 4,
          noise: `welcome ${nonce.slice(0, 9)}\n`,
        })
      }),
      { examples: [[Array.from({ length: stream.length - 1 }, (_, i) => i + 1)]] },
    )
  })

  it('gives what it held back when the stream breaks off', () => {
    expect(unframed([Buffer.from(`${nonce} begin 1\nabc${nonce.slice(0, 5)}`)]).text).toBe(
      `abc${nonce.slice(0, 5)}`,
    )
  })

  it('gives bytes at once unless they may be the beginning of a report', () => {
    const given: string[] = []
    const reader = makeUnframe(
      nonce,
      bytes => given.push(bytes.toString()),
      () => {},
    )

    reader.push(Buffer.from(`${nonce} begin 1\n`))
    reader.push(Buffer.from('line\n'))
    reader.push(Buffer.from('0123'))

    expect(given).toEqual(['line\n'])
  })
})
