// Hosts with addresses of their own: network namespaces on a bridge. Needs root.
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { promisify } from 'node:util'

const execute = promisify(execFile)

export interface Network extends AsyncDisposable {
  readonly hosts: readonly NetworkHost[]
}

export interface NetworkHost {
  readonly address: string
  /** Words before a command that runs inside. */
  readonly enter: readonly string[]
  /** The cable out and in again: packets vanish, nobody is told. */
  link(state: 'up' | 'down'): Promise<void>
}

/** Why this machine cannot have namespaces; undefined when it can. */
export function whyNoNetwork(): string | undefined {
  return process.getuid?.() === 0 ? undefined : 'network namespaces need root'
}

export async function startNetwork(count: number): Promise<Network> {
  const [one = 0, two = 0] = randomBytes(2)
  const id = `sw${Buffer.from([one, two]).toString('hex')}`
  const subnet = `10.${128 + (one % 100)}.${two}`
  const bridge = `${id}br`
  const hosts = Array.from({ length: count }, (_, i) => ({
    namespace: `${id}-${i + 1}`,
    link: `${id}h${i + 1}`,
    address: `${subnet}.${10 + i}`,
  }))
  const lines = [
    `link add ${bridge} type bridge`,
    `address add ${subnet}.1/24 dev ${bridge}`,
    `link set ${bridge} up`,
    ...hosts.flatMap(({ namespace, link }) => [
      `netns add ${namespace}`,
      `link add ${link} type veth peer name eth0 netns ${namespace}`,
      `link set ${link} master ${bridge} up`,
    ]),
  ]
  await batch(lines)
  await Promise.all(
    hosts.map(({ namespace, address }) =>
      batch(
        [
          `address add ${address}/24 dev eth0`,
          'link set eth0 up',
          'link set lo up',
          `route add default via ${subnet}.1`,
        ],
        namespace,
      ),
    ),
  )
  return {
    hosts: hosts.map(({ namespace, link, address }) => ({
      address,
      enter: ['ip', 'netns', 'exec', namespace],
      link: state => batch([`link set ${link} ${state}`]),
    })),
    async [Symbol.asyncDispose]() {
      await batch([`link del ${bridge}`, ...hosts.map(({ namespace }) => `netns del ${namespace}`)])
    },
  }
}

async function batch(lines: readonly string[], namespace?: string): Promise<void> {
  const running = execute('ip', [...(namespace ? ['-n', namespace] : []), '-batch', '-'])
  running.child.stdin?.end(`${lines.join('\n')}\n`)
  await running
}
