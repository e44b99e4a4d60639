// A certificate: one that is served, or one that lies in a file.
import { z } from 'zod'
import { from } from '../probe.ts'
import { absolutePath, isHost, isHostAndPort } from '../scalar.ts'
import { about, says } from '../words.ts'
import { common } from './common.ts'

const nameAndPort = says(
  'must be <name> or <name>:<port>, such as app.example.org:443',
  'muss <Name> oder <Name>:<Port> sein, etwa app.example.org:443',
)

export const tlsCheck = z
  .strictObject({
    kind: z.literal('tls').meta(about('Looks at a certificate', 'Sieht ein Zertifikat an')),
    address: z
      .string()
      .regex(/^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9_.-]+)(:\d{1,5})?$/, { ...nameAndPort, abort: true })
      .refine(isHostAndPort, nameAndPort)
      .optional()
      .meta(
        about(
          'Where it is served; port 443 unless it says another',
          'Wo es ausgeliefert wird; Port 443, wenn keiner dabeisteht',
          'app.example.org:443',
        ),
      ),
    file: absolutePath
      .optional()
      .meta(
        about(
          'File on the host that holds it, and its chain behind it',
          'Datei auf dem Host, die es enthält, und dahinter seine Kette',
          '/etc/ssl/certs/app.crt',
        ),
      ),
    name: z
      .string()
      .refine(
        isHost,
        says(
          'must be a name or an address without a port, such as app.example.org',
          'muss ein Name oder eine Adresse ohne Port sein, etwa app.example.org',
        ),
      )
      .optional()
      .meta(
        about(
          'Name it must be valid for; default: that of the address',
          'Name, für den es gelten muss; sonst der der Adresse',
          'app.example.org',
        ),
      ),
    minDays: z
      .int()
      .min(0)
      .default(14)
      .meta(
        about(
          'Least days until any of the chain ends',
          'Kleinste Zahl der Tage, bis eines der Kette endet',
          30,
        ),
      ),
    chain: z
      .boolean()
      .default(true)
      .meta(
        about(
          'Whether its chain must lead to a root that Node trusts (NODE_EXTRA_CA_CERTS adds to them); in a file: whether each is signed by the next',
          'Ob seine Kette zu einer Wurzel führen muss, der Node traut (NODE_EXTRA_CA_CERTS ergänzt sie); in einer Datei: ob jedes vom nächsten unterschrieben ist',
        ),
      ),
    from,
    ...common,
  })
  .refine(
    check => (check.address === undefined) !== (check.file === undefined),
    says('needs either address or file', 'braucht entweder address oder file'),
  )
  .refine(check => check.file === undefined || check.from === 'host', {
    ...says('must be host for a file: it lies there', 'muss bei einer Datei host sein: sie liegt dort'),
    path: ['from'],
  })
  .meta(about('A certificate', 'Ein Zertifikat'))
