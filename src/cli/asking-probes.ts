// Many small questions to one machine in one session.
import type { Host } from '../engine/host.ts'
import { type Probe, probeScript } from '../engine/host-probes.ts'
import type { Context } from './context.ts'
import type { Session } from './session.ts'

/** What the script said until it ended: a question without an answer is told as one. */
export async function askProbes(
  context: Context,
  { config }: Session,
  host: Host,
  probes: readonly Probe[],
): Promise<string> {
  if (probes.length === 0) return ''
  const names = [...new Set(probes.flatMap(({ secrets }) => secrets))]
  const secrets = Object.fromEntries(
    names.flatMap(name => {
      const value = config.secrets.get(name)?.reveal()
      return value === undefined ? [] : [[name, value]]
    }),
  )
  const lines: string[] = []
  await host.run(probeScript(probes, secrets), {
    timeout: 300_000,
    signal: context.interrupt,
    onLine: (line, stream) => void (stream === 'stdout' && lines.push(line)),
  })
  return lines.join('\n')
}
