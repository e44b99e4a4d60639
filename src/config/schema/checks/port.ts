// A port that must be free.
import { z } from 'zod'
import { port } from '../scalar.ts'
import { about } from '../words.ts'
import { common } from './common.ts'

export const portCheck = z
  .strictObject({
    kind: z
      .literal('port')
      .meta(
        about('Looks who listens on a port of the host', 'Sieht nach, wer auf einem Port des Hosts lauscht'),
      ),
    port: port.meta(about('Port on the host', 'Port auf dem Host', 8000)),
    free: z
      .literal(true)
      .default(true)
      .meta(
        about(
          'It must be free; for one that must be open there is kind: tcp',
          'Er muss frei sein; für einen offenen gibt es kind: tcp',
        ),
      ),
    by: z
      .enum(['nobody', 'services'])
      .default('nobody')
      .meta(
        about(
          'services: free, or in the hands of a service of this app',
          'services: frei, oder in den Händen eines Dienstes dieser App',
        ),
      ),
    ...common,
  })
  .meta(about('A free port', 'Ein freier Port'))
