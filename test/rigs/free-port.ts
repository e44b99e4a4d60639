// TCP ports on 127.0.0.1 for servers of a test. Somebody may take one before it is used: whoever binds it tries again.
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Ports below the range that the system gives to outgoing connections, so that nobody gets one by accident; files that run at
 *  the same time have a slice each. */
const [first, slice] = [12_000, 5000]

/** A port that is free now and stays so, unless somebody asks for just this one. */
export async function freePort(): Promise<number> {
  const worker = Number(process.env['VITEST_POOL_ID'] ?? 0) % 4
  for (;;) {
    const port = first + worker * slice + Math.floor(Math.random() * slice)
    const server = createServer().listen(port, '127.0.0.1')
    const free = await once(server, 'listening').then(
      () => true,
      () => false,
    )
    if (!free) continue
    server.close()
    await once(server, 'close')
    return port
  }
}
