// A request, and what its answer must be.
import { z } from 'zod'
import { from, isReachable, needsAddress, url } from '../probe.ts'
import { about } from '../words.ts'
import { common } from './common.ts'
import { expect, hasOneBody, needsOneBody, requestKeys } from './request.ts'

export const httpCheck = z
  .strictObject({
    kind: z
      .literal('http')
      .meta(about('Sends a request and looks at the answer', 'Stellt eine Anfrage und sieht die Antwort an')),
    url: url.meta(
      about(
        'Address, or a path such as /api/health for the router of each host',
        'Adresse, oder ein Pfad wie /api/health für den Router jedes Hosts',
        '/api/health',
        'https://www.example.org/',
      ),
    ),
    from,
    ...requestKeys,
    expect,
    ...common,
  })
  .refine(isReachable, needsAddress)
  .refine(hasOneBody, needsOneBody)
  .meta(about('An HTTP request', 'Eine HTTP-Anfrage'))

export type HttpCheck = z.infer<typeof httpCheck>
