// One check definition, five uses: gate, health, smoke, canary criterion, monitor. Each kind has a file in checks/.
import { z } from 'zod'
import { clockCheck } from './checks/clock.ts'
import { commandCheck } from './checks/command.ts'
import { cpuCheck } from './checks/cpu.ts'
import { databaseCheck } from './checks/database.ts'
import { diskCheck } from './checks/disk.ts'
import { dnsCheck } from './checks/dns.ts'
import { envCheck } from './checks/env.ts'
import { fileCheck } from './checks/file.ts'
import { flowCheck } from './checks/flow.ts'
import type { Given } from './checks/given.ts'
import { gpuCheck } from './checks/gpu.ts'
import { httpCheck } from './checks/http.ts'
import { logCheck } from './checks/log.ts'
import { memoryCheck } from './checks/memory.ts'
import { pageCheck } from './checks/page.ts'
import { portCheck } from './checks/port.ts'
import { prometheusCheck } from './checks/prometheus.ts'
import { secretCheck } from './checks/secret.ts'
import { tcpCheck } from './checks/tcp.ts'
import { tlsCheck } from './checks/tls.ts'
import { about } from './words.ts'

export type { CommandCheck } from './checks/command.ts'
export type { DiskCheck } from './checks/disk.ts'
export type { FlowCheck } from './checks/flow.ts'
export { type HttpCheck, httpCheck } from './checks/http.ts'
export type { PageCheck } from './checks/page.ts'
export type { PrometheusCheck } from './checks/prometheus.ts'
export type { TcpCheck } from './checks/tcp.ts'
export type { Matcher } from './matcher.ts'

export const check = z
  .discriminatedUnion('kind', [
    httpCheck,
    flowCheck,
    pageCheck,
    prometheusCheck,
    tcpCheck,
    commandCheck,
    diskCheck,
    memoryCheck,
    cpuCheck,
    gpuCheck,
    tlsCheck,
    dnsCheck,
    envCheck,
    secretCheck,
    fileCheck,
    logCheck,
    portCheck,
    clockCheck,
    databaseCheck,
  ])
  .meta(about('One thing that must be true', 'Eine Sache, die wahr sein muss'))
/** As written, with what procedures look up for it in the rest of the file. */
export type Check = z.infer<typeof check> & { readonly given?: Given }
export type MemoryCheck = Extract<Check, { readonly kind: 'memory' }>
export type CpuCheck = Extract<Check, { readonly kind: 'cpu' }>
export type GpuCheck = Extract<Check, { readonly kind: 'gpu' }>
export type TlsCheck = Extract<Check, { readonly kind: 'tls' }>
export type DnsCheck = Extract<Check, { readonly kind: 'dns' }>
export type EnvCheck = Extract<Check, { readonly kind: 'env' }>
export type SecretCheck = Extract<Check, { readonly kind: 'secret' }>
export type FileCheck = Extract<Check, { readonly kind: 'file' }>
export type LogCheck = Extract<Check, { readonly kind: 'log' }>
export type PortCheck = Extract<Check, { readonly kind: 'port' }>
export type ClockCheck = Extract<Check, { readonly kind: 'clock' }>
export type DatabaseCheck = Extract<Check, { readonly kind: 'database' }>
