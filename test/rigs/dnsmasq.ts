// A real DNS server of its own: dnsmasq on a free port of 127.0.0.1, with the records it is given, ended by its pid.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { freePort } from './free-port.ts'

export interface Dnsmasq extends AsyncDisposable {
  readonly port: number
}

/** `records`: options of dnsmasq, such as `--host-record=app.test,192.0.2.7`. */
export async function startDnsmasq(records: readonly string[]): Promise<Dnsmasq> {
  const port = await freePort()
  const child = spawn(
    'dnsmasq',
    [
      '--keep-in-foreground',
      '--conf-file=/dev/null',
      '--no-resolv',
      '--no-hosts',
      '--no-daemon',
      '--listen-address=127.0.0.1',
      '--bind-interfaces',
      '--local=/test/',
      '--pid-file=',
      `--port=${port}`,
      ...records,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const said: string[] = []
  for await (const line of createInterface(child.stderr)) {
    said.push(line)
    if (line.includes('started')) break
  }
  if (child.exitCode !== null) throw new Error(said.join('\n'))
  child.stderr.resume()
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'close')
    },
  }
}
