// Processors: how many there are, and how busy.
import { z } from 'zod'
import { durationOr } from '../scalar.ts'
import { about, says } from '../words.ts'
import { common } from './common.ts'

export const cpuCheck = z
  .strictObject({
    kind: z
      .literal('cpu')
      .meta(about('Looks at the processors of a host', 'Sieht die Prozessoren eines Hosts an')),
    maxPercent: z
      .number()
      .min(1)
      .max(100)
      .optional()
      .meta(about('Greatest use of all cores, in percent', 'Größte Auslastung aller Kerne in Prozent', 90)),
    over: durationOr('2s').meta(
      about('How long the use is measured', 'Wie lange die Auslastung gemessen wird', '2s'),
    ),
    maxLoad: z
      .number()
      .positive()
      .optional()
      .meta(
        about(
          'Greatest load of the last minute for each core',
          'Größte Last der letzten Minute je Kern',
          1.5,
        ),
      ),
    minCores: z
      .int()
      .min(1)
      .optional()
      .meta(about('Least number of cores', 'Kleinste Zahl der Kerne', 4)),
    ...common,
  })
  .refine(
    check => check.maxPercent !== undefined || check.maxLoad !== undefined || check.minCores !== undefined,
    says(
      'needs maxPercent, maxLoad or minCores: a cpu check without a limit proves nothing',
      'braucht maxPercent, maxLoad oder minCores: eine Prozessorprüfung ohne Grenze beweist nichts',
    ),
  )
  .refine(check => check.maxPercent === undefined || check.over < check.timeout, {
    ...says(
      'must be shorter than the timeout of the check',
      'muss kürzer sein als timeout, die Frist der Prüfung',
    ),
    path: ['over'],
  })
  .meta(about('Processors', 'Prozessoren'))
