// What a remote script says between the lines of its programs: `\x01<nonce> <word> <rest>`.

export type Frame =
  | { readonly type: 'begin'; readonly index: number }
  | { readonly type: 'data'; readonly index: number; readonly key: string; readonly value: string }
  | { readonly type: 'report'; readonly index: number; readonly line: string }
  | { readonly type: 'end'; readonly index: number; readonly code: number }
  | { readonly type: 'stop'; readonly why: string }
  | { readonly type: 'closed'; readonly status: string }
  | { readonly type: 'answer'; readonly key: string; readonly value: string }

/** The frame in a line, or undefined when the line is a program's own output. */
export function parseFrame(line: string, nonce: string): Frame | undefined {
  const head = `\u0001${nonce} `
  // A program that ends without a newline leaves its last words in front of the frame; `splitFrame` keeps them.
  if (!line.startsWith(head)) return undefined
  const [word = '', first = '', ...more] = line.slice(head.length).split(' ')
  const rest = more.join(' ')
  const index = Number(first)
  switch (word) {
    case 'begin':
      return { type: 'begin', index }
    case 'data': {
      const space = rest.indexOf(' ')
      return space < 0
        ? { type: 'data', index, key: rest, value: '' }
        : { type: 'data', index, key: rest.slice(0, space), value: rest.slice(space + 1) }
    }
    case 'report':
      return { type: 'report', index, line: rest }
    case 'end':
      return { type: 'end', index, code: Number(rest) }
    case 'stop':
      return { type: 'stop', why: first }
    case 'closed':
      return { type: 'closed', status: first }
    case 'answer':
      return { type: 'answer', key: first, value: rest }
    default:
      return undefined
  }
}

/** Splits `output<frame>` into the output before it and the frame's line. */
export function splitFrame(line: string, nonce: string): readonly [string, string] {
  const at = line.indexOf(`\u0001${nonce} `)
  return at > 0 ? [line.slice(0, at), line.slice(at)] : ['', line]
}
