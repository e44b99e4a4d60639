// What is true about the router on a host before a plan is made: a read-only script and the reader of its answer.
import type { Router } from '../config/schema/router.ts'
import { quote } from '../core/shell.ts'
import { routerLibrary } from './embedded/library.ts'
import { nginxMark } from './nginx/include.ts'
import type { TargetAddress } from './router/protocol.ts'

export interface RouterFacts {
  /** Names of the router programs that lie on the host. */
  readonly installed: readonly string[]
  readonly running: boolean
  /** Program and port of the router that runs. */
  readonly file?: string
  readonly listen?: string
  /** A second address that it serves. */
  readonly also?: string
  /** Where requests go, as far as Stellwerk set it. */
  readonly target?: TargetAddress
  readonly generation: number
  /** `v20.20.2`; absent: there is none. */
  readonly node?: string
  /** nginx: ours, foreign (somebody else's content), absent, or locked (may not be written). */
  readonly include?: 'ours' | 'foreign' | 'absent' | 'locked'
}

/** Prints `router.<key> <value>` lines. Changes nothing. */
export function routerFactsScript(router: Router, root: string): string {
  switch (router.kind) {
    case 'embedded':
      return `${routerLibrary(root)}sr_read
if sr_alive; then echo 'router.running yes'; echo "router.file $sr_file"; echo "router.listen $sr_listen"; echo "router.also $sr_also"; fi
echo "router.generation $sr_generation"
[ -z "$sr_target" ] || echo "router.target $sr_target"
for sr_one in "$sr_dir"/router-*.mjs; do [ ! -e "$sr_one" ] || echo "router.installed \${sr_one##*/}"; done
if sr_node=$(${quote(router.node)} --version 2>/dev/null); then echo "router.node $sr_node"; fi
`
    case 'nginx':
      return `sr_include=${quote(router.include)}
sr_kind=absent
if [ -s "$sr_include" ]; then
  sr_mark=$(sed -n ${quote(`s/^${nginxMark} //p`)} "$sr_include" 2>/dev/null | head -n 1)
  if [ -n "$sr_mark" ]; then sr_kind=ours; echo "router.target $sr_mark"; else sr_kind=foreign; fi
fi
[ -w "\${sr_include%/*}" ] || sr_kind=locked
echo "router.include $sr_kind"
`
    case 'symlink':
      return ''
  }
}

export function parseRouterFacts(lines: readonly string[]): RouterFacts {
  const values = (key: string): string[] =>
    lines.filter(line => line.startsWith(`router.${key} `)).map(line => line.slice(key.length + 8).trim())
  const first = (key: string): string | undefined => values(key)[0] || undefined
  const [file, listen, also, node, include] = [
    first('file'),
    first('listen'),
    first('also'),
    first('node'),
    first('include'),
  ]
  const target = parseTarget(first('target'))
  const generation = Number(first('generation') ?? 0)
  return {
    installed: values('installed').toSorted(),
    running: first('running') === 'yes',
    ...(file === undefined ? {} : { file }),
    ...(listen === undefined ? {} : { listen }),
    ...(also === undefined ? {} : { also }),
    ...(target === undefined ? {} : { target }),
    generation: Number.isSafeInteger(generation) ? generation : 0,
    ...(node === undefined ? {} : { node }),
    ...(isInclude(include) ? { include } : {}),
  }
}

function isInclude(word: string | undefined): word is NonNullable<RouterFacts['include']> {
  return word === 'ours' || word === 'foreign' || word === 'absent' || word === 'locked'
}

function parseTarget(json: string | undefined): TargetAddress | undefined {
  try {
    const value = JSON.parse(json ?? '') as Partial<TargetAddress>
    const { host, port, release } = value
    return typeof host === 'string' && typeof port === 'number' && typeof release === 'string'
      ? { host, port, release }
      : undefined
  } catch {
    return undefined
  }
}
