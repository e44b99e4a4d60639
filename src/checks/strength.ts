// How hard a secret is to guess, in bits. Shannon's formula over the letters of one value would praise "password1234"; this counts
// what a guesser would have to choose: each character costs log2 of the characters in use, except where it repeats what
// came before, goes on in a row (abcd, 4321, qwer) or is part of a word that every guesser tries first.

/** Bits for a word of the list below, whatever its letters. */
const wordBits = 8

const words =
  `password passwort passwd passphrase secret geheim admin administrator root user test testing default example sample
changeme change letmein welcome willkommen login access token apikey key master super production staging development
develop local localhost server database postgres mysql redis django flask rails laravel node app service api demo dummy
monkey dragon sunshine princess football baseball iloveyou trustno correct horse battery staple hello hallo summer sommer winter spring
january february march april june july august september october november december abc qwertz qwerty azerty`
    .split(/\s+/)
    .filter(word => word.length >= 3)
    .sort((a, b) => b.length - a.length)

const rows = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890',
  'qwertyuiop',
  'qwertzuiop',
  'asdfghjkl',
  'zxcvbnm',
  'yxcvbnm',
]
const runs = [...rows, ...rows.map(row => [...row].reverse().join(''))]

/** Bits, rounded down. */
export function strengthOf(value: string): number {
  const lower = value.toLowerCase()
  const each = Math.log2(alphabetOf(value))
  const least = repeatLength(value.length, each)
  let bits = 0
  for (let at = 0; at < value.length; ) {
    const found = pieceAt(value, lower, at, least)
    const plain = found.length * each
    bits += Math.min(found.bits, plain)
    at += found.length
  }
  return Math.floor(bits)
}

interface Piece {
  readonly length: number
  readonly bits: number
}

function pieceAt(value: string, lower: string, at: number, least: number): Piece {
  const rest = lower.slice(at)
  const word = words.find(one => rest.startsWith(one))
  const year = /^(19|20)\d\d(?!\d)/.test(rest) ? 4 : 0
  const run = runAt(rest)
  const repeat = repeatAt(value, at, least)
  const pieces: readonly Piece[] = [
    { length: word?.length ?? 0, bits: wordBits },
    { length: year, bits: 7 },
    { length: run, bits: 6 + Math.log2(Math.max(1, run)) },
    { length: repeat, bits: Math.log2(at + 1) + Math.log2(Math.max(1, repeat)) },
  ]
  const longest = pieces.reduce((best, piece) => (piece.length > best.length ? piece : best))
  return longest.length === 0 ? { length: 1, bits: Number.POSITIVE_INFINITY } : longest
}

/** Characters of a row of the keyboard, the alphabet or the digits, forwards or backwards: at least four. */
function runAt(rest: string): number {
  const lengthOf = (row: string) => {
    const from = row.indexOf(rest[0] ?? ' ')
    if (from < 0) return 0
    let length = 1
    while (length < rest.length && row[from + length] !== undefined && row[from + length] === rest[length])
      length += 1
    return length
  }
  const longest = Math.max(...runs.map(lengthOf))
  return longest >= 4 ? longest : 0
}

/** How far the value goes on as it went before; one character repeated counts too. */
function repeatAt(value: string, at: number, least: number): number {
  let longest = 0
  for (let from = 0; from < at; from += 1) {
    let length = 0
    while (at + length < value.length && value[from + length] === value[at + length]) length += 1
    longest = Math.max(longest, length)
  }
  return longest >= least ? longest : 0
}

/** Shorter repetitions happen by chance in a random value of this length, and must not be held against it. */
function repeatLength(length: number, each: number): number {
  return Math.max(3, Math.ceil((2 * Math.log2(Math.max(2, length)) + 10) / Math.max(1, each)))
}

function alphabetOf(value: string): number {
  if (/^\d+$/.test(value)) return 10
  if (/^([0-9a-f]+|[0-9A-F]+)$/.test(value)) return 16
  const classes: readonly (readonly [RegExp, number])[] = [
    [/[a-z]/, 26],
    [/[A-Z]/, 26],
    [/\d/, 10],
    [/[+/=_-]/, 2],
    [/[^A-Za-z0-9+/=_-]/, 31],
  ]
  const size = classes.reduce((sum, [pattern, count]) => sum + (pattern.test(value) ? count : 0), 0)
  return Math.max(2, size)
}
