// Numbers for Prometheus, in its text format.
import { countDocuments } from './documents.ts'
import type { Parts } from './parts.ts'
import { queueLength, workers } from './queue.ts'

const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

export interface Metrics {
  readonly requests: Map<string, number>
  readonly buckets: number[]
  seconds: number
  count: number
}

export function newMetrics(): Metrics {
  return { requests: new Map(), buckets: bounds.map(() => 0), seconds: 0, count: 0 }
}

export function observe(metrics: Metrics, method: string, status: number, seconds: number): void {
  const key = `method="${method}",status="${status}"`
  metrics.requests.set(key, (metrics.requests.get(key) ?? 0) + 1)
  metrics.seconds += seconds
  metrics.count += 1
  for (const [index, bound] of bounds.entries())
    if (seconds <= bound) metrics.buckets[index] = (metrics.buckets[index] ?? 0) + 1
}

export async function metricsText({ metrics, database, redis, settings }: Parts): Promise<string> {
  const [documents, queue, living] = await Promise.all([
    countDocuments(database),
    queueLength(redis),
    workers(redis),
  ])
  const bucket = (index: number, bound: string) =>
    `ablage_request_seconds_bucket{le="${bound}"} ${metrics.buckets[index] ?? metrics.count}`
  const lines = [
    '# TYPE ablage_info gauge',
    `ablage_info{version="${settings.version}",release="${settings.release}"} 1`,
    '# TYPE ablage_requests_total counter',
    ...[...metrics.requests].map(([labels, count]) => `ablage_requests_total{${labels}} ${count}`),
    '# TYPE ablage_request_seconds histogram',
    ...bounds.map((bound, index) => bucket(index, String(bound))),
    bucket(bounds.length, '+Inf'),
    `ablage_request_seconds_sum ${metrics.seconds}`,
    `ablage_request_seconds_count ${metrics.count}`,
    '# TYPE ablage_documents gauge',
    ...Object.entries(documents).map(([status, count]) => `ablage_documents{status="${status}"} ${count}`),
    '# TYPE ablage_queue_length gauge',
    `ablage_queue_length ${queue.laenge}`,
    '# TYPE ablage_workers gauge',
    `ablage_workers ${living.length}`,
    '# TYPE process_resident_memory_bytes gauge',
    `process_resident_memory_bytes ${process.memoryUsage.rss()}`,
  ]
  return `${lines.join('\n')}\n`
}
