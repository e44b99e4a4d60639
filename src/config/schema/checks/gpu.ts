// Graphics processors, as the driver of NVIDIA sees them.
import { z } from 'zod'
import { matcher } from '../matcher.ts'
import { about, says } from '../words.ts'
import { common } from './common.ts'

export const gpuCheck = z
  .strictObject({
    kind: z
      .literal('gpu')
      .meta(
        about(
          'Asks nvidia-smi for the graphics processors of a host',
          'Fragt nvidia-smi nach den Grafikprozessoren eines Hosts',
        ),
      ),
    minCount: z
      .int()
      .min(1)
      .default(1)
      .meta(
        about(
          'How many there must be, each of which meets every other key',
          'Wie viele es geben muss, von denen jeder alle anderen Angaben erfüllt',
        ),
      ),
    name: matcher
      .optional()
      .meta(about('Matcher for the name', 'Bedingung für den Namen', { contains: 'RTX 4080' })),
    maxMemoryPercent: z
      .number()
      .min(0)
      .max(100)
      .optional()
      .meta(
        about(
          'Greatest share of its memory in use, in percent',
          'Größter belegter Anteil seines Speichers in Prozent',
          85,
        ),
      ),
    minDriver: z
      .string()
      .regex(
        /^\d+(\.\d+)*$/,
        says('must be a version, such as "550.0"', 'muss eine Version sein, etwa "550.0"'),
      )
      .optional()
      .meta(about('Least version of the driver', 'Kleinste Version des Treibers', '550.0')),
    maxTemperature: z
      .number()
      .positive()
      .optional()
      .meta(about('Greatest temperature in degrees Celsius', 'Größte Temperatur in Grad Celsius', 85)),
    ...common,
  })
  .meta(about('Graphics processors', 'Grafikprozessoren'))
