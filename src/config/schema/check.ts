// One check definition, five uses: gate, health, smoke, canary criterion, monitor. Each kind has a file in checks/.
import { z } from 'zod'
import { commandCheck } from './checks/command.ts'
import { diskCheck } from './checks/disk.ts'
import { flowCheck } from './checks/flow.ts'
import { httpCheck } from './checks/http.ts'
import { tcpCheck } from './checks/tcp.ts'
import { about } from './words.ts'

export type { CommandCheck } from './checks/command.ts'
export type { DiskCheck } from './checks/disk.ts'
export type { FlowCheck } from './checks/flow.ts'
export { type HttpCheck, httpCheck } from './checks/http.ts'
export type { TcpCheck } from './checks/tcp.ts'
export type { Matcher } from './matcher.ts'

export const check = z
  .discriminatedUnion('kind', [httpCheck, flowCheck, tcpCheck, commandCheck, diskCheck])
  .meta(about('One thing that must be true', 'Eine Sache, die wahr sein muss'))
export type Check = z.infer<typeof check>
