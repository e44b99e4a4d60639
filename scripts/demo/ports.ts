// Ports that nobody uses now.
import { once } from 'node:events'
import { createServer } from 'node:net'

/** All held at once while they are looked for, so they differ. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map(server => once(server, 'listening')))
  const ports = servers.map(server => {
    const address = server.address()
    if (typeof address !== 'object' || address === null) throw new Error('a server without an address')
    return address.port
  })
  await Promise.all(servers.map(server => new Promise(closed => server.close(closed))))
  return ports
}
