// Local ports that reach an address as seen from the host, over the existing connection: no session, no process.
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { text } from '../../core/lang.ts'
import { type Problem, ProblemError } from '../../core/problem.ts'
import { forwardArguments } from './arguments.ts'
import type { ControlMaster } from './control-master.ts'
import { runSsh } from './process.ts'

export interface Tunnels {
  open(address: string, port: number): Promise<{ readonly host: string; readonly port: number }>
  /** The connection is gone, and every tunnel with it. */
  forget(): void
}

/** Somebody else may take the free port before ssh does. */
const attempts = 5

export function makeTunnels(name: string, sshPath: string, master: () => ControlMaster): Tunnels {
  const opened = new Map<string, Promise<{ host: string; port: number }>>()

  async function forward(address: string, port: number): Promise<{ host: string; port: number }> {
    let stderr = ''
    for (let attempt = 0; attempt < attempts; attempt++) {
      const ready = await master().ready()
      if (!ready.ok) throw new ProblemError(ready.error)
      const local = await freePort()
      const result = await runSsh(
        sshPath,
        forwardArguments(ready.value.connection, local, address, port),
        10_000,
      )
      if (result.code === 0) return { host: '127.0.0.1', port: local }
      stderr = result.stderr
    }
    throw new ProblemError(noTunnel(name, `${address}:${port}`, stderr))
  }

  return {
    async open(address, port) {
      const key = `${address} ${port}`
      // Whoever lost a connection asks again at once, before the news of the master's end is here.
      if (opened.has(key) && master().up && !(await master().answers())) opened.clear()
      const known = opened.get(key)
      if (known) return known
      const tunnel = forward(address, port)
      opened.set(key, tunnel)
      tunnel.catch(() => {
        if (opened.get(key) === tunnel) opened.delete(key)
      })
      return tunnel
    },
    forget: () => opened.clear(),
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

function noTunnel(host: string, target: string, stderr: string): Problem {
  return {
    code: 'STW-H016',
    what: text(`No tunnel to ${target} over ${host}`, `Kein Tunnel zu ${target} über ${host}`),
    where: { host },
    why: text('ssh could not open a local port for it', 'ssh konnte dafür keinen lokalen Port öffnen'),
    ...(stderr.trim() !== '' && { evidence: stderr.trim() }),
  }
}
