// A port that must be free, or in the hands of this app: what nobody may see is not taken for free, and of several that listen each
// must be ours.
import type { PortCheck } from '../config/schema/check.ts'
import { text } from '../core/lang.ts'
import { portByHand } from './by-hand-host.ts'
import { type Attempt, attempt } from './context.ts'
import type { Said } from './host-script.ts'
import { canonical, type Holder, type Listener, listenersFragment, listenersOf } from './port-listeners.ts'
import type { Probe } from './probe.ts'

export const portProbe: Probe<PortCheck> = {
  place: () => 'host',
  ofHost: () => true,
  byHand: portByHand,
  describe: ({ port }) => text(`port ${port} is free`, `Port ${port} ist frei`),
  script: { fragment: (check, { root }) => portFragment(check, root), judge: judgePort },
}

function portFragment({ port, by, given }: PortCheck, root: string | undefined): string {
  const engine = by === 'services' ? given?.script : undefined
  const found = listenersFragment(port, root)
  return engine === undefined ? found : `${found}\n{\n${engine}\n} | sw_tell containers`
}

function judgePort(check: PortCheck, said: Said): Attempt {
  const { port } = check
  const listeners = listenersOf(said)
  if (listeners === undefined)
    return attempt('unknown', text('/proc/net/tcp cannot be read', '/proc/net/tcp ist nicht lesbar'))
  const [first] = listeners
  if (first === undefined) return attempt('pass', text(`port ${port} is free`, `Port ${port} ist frei`))
  if (check.by === 'nobody') return taken(check, listeners.find(isSeen) ?? first)
  const containers = containersOf(said)
  const foreign = listeners.filter(listener => !isOurs(check, listener, containers))
  const stranger = foreign.find(listener => isSeen(listener) && !(containers.silent && isRelayed(listener)))
  if (stranger !== undefined) return taken(check, stranger)
  const [open] = foreign
  if (open !== undefined) return unclear(check, open)
  const who = whoOf(listeners.find(isSeen) ?? first)
  return attempt(
    'pass',
    text(
      `${who.en}, a service of this app, listens on port ${port}`,
      `${who.de}, ein Dienst dieser App, lauscht auf Port ${port}`,
    ),
    detailsOf(first),
  )
}

function isSeen({ holders }: Listener): boolean {
  return holders.length > 0
}

interface Containers {
  /** The engine did not answer. */
  readonly silent: boolean
  readonly live: readonly string[]
  /** Addresses on which they have this port. */
  readonly published: readonly string[]
}

function containersOf({ values }: Said): Containers {
  const lines = (values['containers'] ?? '').split('\n').map(line => line.split(' '))
  const told = (kind: string) => lines.flatMap(([key, what]) => (key === kind && what ? [what] : []))
  return {
    silent: lines.some(([key]) => key === 'silent'),
    live: told('live'),
    published: told('published').map(canonical),
  }
}

/** systemd's units are told by their control group, and so is a container in the network of the host. One with a published port is
 *  served by a program of its engine, which often belongs to root. */
function isOurs({ given }: PortCheck, listener: Listener, { live, published }: Containers): boolean {
  const own = (group: string) =>
    (given?.own ?? []).includes(group) || live.some(container => group.includes(container))
  if (listener.holders.some(({ isMarked, groups }) => isMarked || groups.some(own))) return true
  const everywhere = ['0.0.0.0', '[::]']
  const isPublished = published.some(
    address =>
      address === listener.address || (everywhere.includes(address) && everywhere.includes(listener.address)),
  )
  return isPublished && (!isSeen(listener) || isRelayed(listener))
}

const relays = /^(docker-proxy|dockerd|conmon|rootlessport|rootlesskit|exe|slirp4netns|pasta|passt)\b/

function isRelayed({ holders }: Listener): boolean {
  return holders.some(({ name }) => relays.test(name))
}

function whoOf({ holders: [holder] }: Listener) {
  return holder === undefined
    ? text('somebody who cannot be seen', 'jemand, der nicht zu sehen ist')
    : text(named(holder), named(holder))
}

function named({ name, pid }: Holder): string {
  return `${name} (pid ${pid})`
}

function detailsOf({ holders: [holder] }: Listener) {
  return holder === undefined ? {} : { pid: holder.pid, name: holder.name }
}

function taken({ port }: PortCheck, listener: Listener): Attempt {
  const who = whoOf(listener)
  return attempt(
    'fail',
    text(`${who.en} listens on port ${port}`, `${who.de} lauscht auf Port ${port}`),
    detailsOf(listener),
  )
}

function unclear({ port }: PortCheck, listener: Listener): Attempt {
  const who = whoOf(listener)
  const observed = isSeen(listener)
    ? text(
        `${who.en} listens on port ${port}, and no container engine says for whom`,
        `${who.de} lauscht auf Port ${port}, und keine Container-Engine sagt, für wen`,
      )
    : text(
        `${who.en} listens on port ${port}: it may be ours or another user's`,
        `auf Port ${port} lauscht ${who.de}: unser Dienst oder der eines anderen Benutzers`,
      )
  return attempt('unknown', observed, detailsOf(listener))
}
