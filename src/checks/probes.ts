// All kinds of check. A kind does not compile until it stands here.
import type { Check } from '../config/schema/check.ts'
import { clockProbe } from './clock.ts'
import { commandProbe } from './command.ts'
import { cpuProbe } from './cpu.ts'
import { databaseProbe } from './database.ts'
import { diskProbe } from './disk.ts'
import { dnsProbe } from './dns.ts'
import { envProbe } from './env.ts'
import { fileProbe } from './file.ts'
import { flowProbe } from './flow.ts'
import { gpuProbe } from './gpu.ts'
import { httpProbe } from './http.ts'
import { logProbe } from './log.ts'
import { memoryProbe } from './memory.ts'
import { pageProbe } from './page.ts'
import { portProbe } from './port.ts'
import type { Probe } from './probe.ts'
import { prometheusProbe } from './prometheus.ts'
import { secretProbe } from './secret.ts'
import { tcpProbe } from './tcp.ts'
import { tlsProbe } from './tls.ts'

const probes: { readonly [K in Check['kind']]: Probe<Extract<Check, { readonly kind: K }>> } = {
  http: httpProbe,
  flow: flowProbe,
  page: pageProbe,
  prometheus: prometheusProbe,
  tcp: tcpProbe,
  command: commandProbe,
  disk: diskProbe,
  memory: memoryProbe,
  cpu: cpuProbe,
  gpu: gpuProbe,
  tls: tlsProbe,
  dns: dnsProbe,
  env: envProbe,
  secret: secretProbe,
  file: fileProbe,
  log: logProbe,
  port: portProbe,
  clock: clockProbe,
  database: databaseProbe,
}

export function probeOf(check: Check): Probe {
  // The key chose the value: a probe only ever sees checks of its own kind.
  return probes[check.kind] as unknown as Probe
}
