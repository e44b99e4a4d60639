// Follows symbolic links inside a bundle by its own list, without a file system: a link may point anywhere below the
// release and nowhere else, also through other links (`d -> ..` makes `x -> a/d/..` climb further than it looks).

export type Resolved =
  | { readonly kind: 'inside'; readonly path: string }
  | { readonly kind: 'outside' }
  | { readonly kind: 'loop' }

/** As many as Linux follows before ELOOP. */
const mostLinks = 40

/** Where `path` leads when the release root is `/`. `links` maps each link's path to its target. */
export function resolveInside(links: ReadonlyMap<string, string>, path: string): Resolved {
  const todo = path.split('/').reverse()
  const done: string[] = []
  let followed = 0
  for (let segment = todo.pop(); segment !== undefined; segment = todo.pop()) {
    if (segment === '' || segment === '.') continue
    if (segment === '..') {
      if (done.pop() === undefined) return { kind: 'outside' }
      continue
    }
    done.push(segment)
    const target = links.get(done.join('/'))
    if (target === undefined) continue
    if (target.startsWith('/')) return { kind: 'outside' }
    followed += 1
    if (followed > mostLinks) return { kind: 'loop' }
    done.pop()
    todo.push(...target.split('/').reverse())
  }
  return { kind: 'inside', path: done.join('/') }
}
