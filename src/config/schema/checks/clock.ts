// The clock of a host against that of this machine.
import { z } from 'zod'
import { durationOr } from '../scalar.ts'
import { about } from '../words.ts'
import { common } from './common.ts'

export const clockCheck = z
  .strictObject({
    kind: z
      .literal('clock')
      .meta(
        about(
          'Compares the clock of a host with that of this machine',
          'Vergleicht die Uhr eines Hosts mit der dieser Maschine',
        ),
      ),
    maxSkew: durationOr('5s').meta(about('Greatest difference', 'Größter Unterschied', '5s')),
    ...common,
  })
  .meta(about('The clock', 'Die Uhr'))
