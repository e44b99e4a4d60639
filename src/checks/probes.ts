// All kinds of check. A kind does not compile until it stands here.
import type { Check } from '../config/schema/check.ts'
import { commandProbe } from './command.ts'
import { diskProbe } from './disk.ts'
import { flowProbe } from './flow.ts'
import { httpProbe } from './http.ts'
import type { Probe } from './probe.ts'
import { tcpProbe } from './tcp.ts'

const probes: { readonly [K in Check['kind']]: Probe<Extract<Check, { readonly kind: K }>> } = {
  http: httpProbe,
  flow: flowProbe,
  tcp: tcpProbe,
  command: commandProbe,
  disk: diskProbe,
}

export function probeOf(check: Check): Probe {
  // The key chose the value: a probe only ever sees checks of its own kind.
  return probes[check.kind] as unknown as Probe
}
