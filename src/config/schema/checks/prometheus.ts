// What a Prometheus already watches.
import { z } from 'zod'
import { matcher } from '../matcher.ts'
import { from } from '../probe.ts'
import { webAddress } from '../scalar.ts'
import { about, says } from '../words.ts'
import { common } from './common.ts'

const query = z
  .strictObject({
    expr: z
      .string()
      .min(1)
      .meta(about('Expression in PromQL', 'Ausdruck in PromQL', 'sum(up{job="api"})')),
    value: matcher.meta(
      about('What every value of its result must be', 'Was jeder Wert seines Ergebnisses sein muss', {
        min: 1,
      }),
    ),
  })
  .meta(about('A question to Prometheus', 'Eine Frage an Prometheus'))

export const prometheusCheck = z
  .strictObject({
    kind: z
      .literal('prometheus')
      .meta(
        about(
          'Asks a Prometheus for its targets and for values',
          'Fragt ein Prometheus nach seinen Zielen und nach Werten',
        ),
      ),
    url: webAddress
      .default('http://127.0.0.1:9090')
      .meta(about('Its base address', 'Seine Grundadresse', 'http://127.0.0.1:9090')),
    from,
    expect: z
      .strictObject({
        targets: z
          .enum(['up', 'any'])
          .default('up')
          .meta(
            about(
              'up: every active target; any: only what jobs and queries ask for',
              'up: jedes aktive Ziel; any: nur, wonach jobs und queries fragen',
            ),
          ),
        jobs: z
          .record(z.string(), z.int().min(1))
          .default({})
          .meta(
            about(
              'Job -> least number of its targets that are up',
              'Job -> kleinste Zahl seiner laufenden Ziele',
              {
                api: 1,
                node: 2,
              },
            ),
          ),
        query: query.optional(),
        queries: z.array(query).default([]).meta(about('Several questions', 'Mehrere Fragen')),
      })
      .prefault({})
      .meta(about('What must hold', 'Was gelten muss')),
    ...common,
  })
  .refine(
    ({ expect }) =>
      expect.targets === 'up' ||
      Object.keys(expect.jobs).length + expect.queries.length + (expect.query ? 1 : 0) > 0,
    says(
      'needs jobs or queries beside targets: any, or it asks nothing',
      'braucht jobs oder queries neben targets: any, sonst fragt sie nichts',
    ),
  )
  .meta(about('Targets and values of a Prometheus', 'Ziele und Werte eines Prometheus'))

export type PrometheusCheck = z.infer<typeof prometheusCheck>
