// What a name leads to.
import { z } from 'zod'
import { from } from '../probe.ts'
import { listenAddress } from '../scalar.ts'
import { about, says } from '../words.ts'
import { common } from './common.ts'

export const dnsCheck = z
  .strictObject({
    kind: z.literal('dns').meta(about('Looks a name up', 'Schlägt einen Namen nach')),
    name: z
      .string()
      .regex(/^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?$/)
      .max(253)
      .meta(about('Name that is looked up', 'Name, der nachgeschlagen wird', 'app.example.org')),
    type: z
      .enum(['A', 'AAAA', 'CNAME', 'MX', 'TXT'])
      .default('A')
      .meta(about('Type of the record', 'Art des Eintrags')),
    expect: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .meta(
        about(
          'Values that must all be among the answers; default: any answer. MX: the name of the server',
          'Werte, die alle unter den Antworten sein müssen; sonst irgendeine Antwort. MX: der Name des Servers',
          ['203.0.113.7'],
        ),
      ),
    server: listenAddress
      .optional()
      .meta(
        about(
          'Server that is asked, with from: here; default: those of the machine',
          'Server, der gefragt wird, mit from: here; sonst die der Maschine',
          '192.0.2.53:53',
        ),
      ),
    from: from
      .default('here')
      .meta(
        about(
          'Where it is looked up: on this machine or on each host',
          'Wo nachgeschlagen wird: auf dieser Maschine oder auf jedem Host',
        ),
      ),
    ...common,
  })
  .refine(check => check.server === undefined || check.from === 'here', {
    ...says(
      'needs from: here: a host asks the servers it is set up with',
      'braucht from: here: ein Host fragt die Server, die bei ihm eingetragen sind',
    ),
    path: ['server'],
  })
  .meta(about('A name of the DNS', 'Ein Name im DNS'))
