// The parts of a documentation page that can be run: files it shows and commands it asks for.

export type Part =
  /** ```yaml file=stellwerk.yaml */
  | { readonly kind: 'file'; readonly name: string; readonly text: string }
  /** ```sh test, or ```sh test exit=5 when the command is meant to say no. */
  | { readonly kind: 'commands'; readonly exit: number; readonly text: string }

/** In the order of the page. A fence without `file=` or `test` is only read by people. */
export function runnableParts(page: string): readonly Part[] {
  const fences = page.matchAll(/^( *)```(\w+)([^\n]*)\n([\s\S]*?)^\1```$/gm)
  return [...fences].flatMap(([, indent = '', language, info = '', body = '']): Part[] => {
    const text = body.replaceAll(new RegExp(`^${indent}`, 'gm'), '')
    const file = /\bfile=(\S+)/.exec(info)?.[1]
    if (file !== undefined) return [{ kind: 'file', name: file, text }]
    if (language !== 'sh' || !/\btest\b/.test(info)) return []
    return [{ kind: 'commands', exit: Number(/\bexit=(\d+)/.exec(info)?.[1] ?? 0), text }]
  })
}
