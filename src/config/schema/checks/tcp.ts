// An open port.
import { z } from 'zod'
import { from } from '../probe.ts'
import { port } from '../scalar.ts'
import { about } from '../words.ts'
import { common } from './common.ts'

export const tcpCheck = z
  .strictObject({
    kind: z.literal('tcp').meta(about('Opens a connection', 'Öffnet eine Verbindung')),
    host: z
      .string()
      .min(1)
      .default('127.0.0.1')
      .meta(about('As seen from where the check starts', 'Von dort gesehen, wo die Prüfung beginnt')),
    port: port.meta(
      about('Port that must accept a connection', 'Port, der eine Verbindung annehmen muss', 5432),
    ),
    from,
    ...common,
  })
  .meta(about('A TCP connection', 'Eine TCP-Verbindung'))

export type TcpCheck = z.infer<typeof tcpCheck>
