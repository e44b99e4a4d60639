// How a script travels to a shell and how its end is known. One fixed bootstrap command reads a short program from
// standard input; the program loads the whole script, runs it in a subshell and reports begin and end on both streams
// under a nonce. So nothing of a script is in an argument list unless it may be, a cut line runs nothing, a syntax error
// anywhere in the script runs nothing, and "the shell ended with 255" cannot be confused with "ssh ended with 255".
import { gzipSync } from 'node:zlib'
import { quote } from '../core/shell.ts'

/** The words after which the bootstrap waits for a frame on its standard input. */
export const bootstrap: readonly [string, string, string, string] = [
  'sh',
  '-c',
  'IFS= read -r sw_p && eval "$(printf %b "$sw_p")"',
  'stellwerk',
]

/** The same as one command for a login shell: single quotes without backslash, "!" or newline mean the same in sh, bash,
 *  zsh, fish and csh. */
export const remoteCommand = `exec ${bootstrap.map(word => quote(word)).join(' ')}`

/** The bytes that start `script`. With `data`, what follows the frame on the same stream is the script's standard input;
 *  without, the stream must end after the frame, and the script reads /dev/null. */
export function frame(script: string, nonce: string, data: boolean): string {
  const compound = oneCommand(script)
  // `read` takes one byte at a time and so leaves the data alone; without data `cat` is much faster for long scripts.
  const load = data ? 'IFS= read -r sw_s || exit 1; sw_s=$(printf %b "$sw_s")' : 'sw_s=$(cat)'
  return `${encode(program(load, nonce, data))}\n${data ? encode(compound) : compound}\n`
}

/** Linux takes 128 KiB for one argument, and a server may have to hand the command to a login shell. */
const longestCommand = 64 * 1024

/** A command for a login shell that carries the whole script: its standard input is the script's from the first byte.
 *  `undefined` when it would be too long. Never for a script with a secret. */
export function packedCommand(script: string, nonce: string, data: boolean): string | undefined {
  const packed = gzipSync(program(`sw_s=${quote(oneCommand(script))}`, nonce, data)).toString('base64')
  const command = `exec sh -c 'eval "$(printf %s "$1" | base64 -d | gzip -dc)"' stellwerk ${packed}`
  return command.length > longestCommand ? undefined : command
}

/** The shell parses all of a compound command before it runs any of it. The colon allows an empty script. */
function oneCommand(script: string): string {
  if (script.includes('\0')) throw new Error('a script cannot contain NUL')
  return `{ :\n${script}\n}`
}

function program(load: string, nonce: string, data: boolean): string {
  const report = (what: string) => `printf '${nonce} %s\\n' "${what}"; printf '${nonce} %s\\n' "${what}" >&2`
  return [
    load,
    report('begin $$'),
    // No `||` or `if` around the subshell: that would switch the script's own `set -e` off.
    `( eval "unset sw_p sw_s\n$sw_s" )${data ? '' : ' </dev/null'}`,
    'sw_c=$?',
    report('end $sw_c'),
    'exit "$sw_c"',
  ].join('\n')
}

/** One line of printable ASCII that `printf %b` turns back into `text`. */
function encode(text: string): string {
  let line = ''
  for (const byte of Buffer.from(text)) {
    if (byte === 0x5c) line += '\\\\'
    else if (byte === 0x0a) line += '\\n'
    else if (byte < 0x20 || byte > 0x7e) line += `\\0${byte.toString(8).padStart(3, '0')}`
    else line += String.fromCharCode(byte)
  }
  return line
}
