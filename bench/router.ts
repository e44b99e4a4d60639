// The embedded router beside nginx, haproxy and caddy: requests per second and core, latency under a steady rate, memory.
// Latency needs a quiet machine: the column `direct p99` shows what requests meet without any proxy. On a busy one,
// `chrt -r 10 npm run bench -- router` keeps other work out of the figures.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../test/rigs/free-port.ts'
import { type BenchReport, type Goal, machine, median } from './report.ts'
import { pace } from './router-pace.ts'
import { memory, type Peer, peers, processorTime, startUpstream } from './router-peers.ts'

/** Peers take turns, so that a busy moment of the machine hits all of them; throughput is the median of its rounds. */
const rounds = 3
const wrkSeconds = 4
const paceRounds = 5
const paceSeconds = 4
const rate = 1000

interface Figures {
  readonly perCore: number[]
  readonly perSecond: number[]
  readonly p50: number[]
  readonly p99: number[]
  readonly paced: { readonly direct: number; readonly added: number }[]
  memory: number
}

export async function run(_: { readonly json: boolean }): Promise<BenchReport> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-router-'))
  const running: { peer: Peer; figures: Figures }[] = []
  const missing: string[] = []
  const upstream = await freePort()
  const stopUpstream = startUpstream(join(directory, 'upstream'), upstream)
  try {
    for (const kind of peers) {
      const place = join(directory, kind.name)
      mkdirSync(place)
      try {
        const peer = await kind.start({ directory: place, port: await freePort(), upstream })
        await answers(peer.port)
        running.push({
          peer,
          figures: { perCore: [], perSecond: [], p50: [], p99: [], paced: [], memory: 0 },
        })
      } catch (error) {
        missing.push(kind.name)
        progress(`${kind.name} cannot take part: ${(error as Error).message.split('\n')[0]}`)
      }
    }
    for (let round = 1; round <= rounds; round++) {
      for (const { peer, figures } of running) {
        progress(`round ${round} of ${rounds}: ${peer.name}`)
        flood(peer, figures)
      }
    }
    for (let round = 1; round <= paceRounds; round++) {
      for (const { peer, figures } of running) {
        progress(`round ${round} of ${paceRounds}: ${peer.name} at ${rate} requests a second`)
        await added(peer, upstream, figures)
      }
    }
    return report(running, missing)
  } finally {
    for (const { peer } of running) peer.stop()
    stopUpstream()
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
  }
}

function progress(line: string): void {
  process.stderr.write(`${line}\n`)
}

async function answers(port: number): Promise<void> {
  const until = Date.now() + 10_000
  for (;;) {
    const status = await fetch(`http://127.0.0.1:${port}/`).then(
      response => response.status,
      () => 0,
    )
    if (status === 200) return
    if (Date.now() > until) throw new Error(`no answer on port ${port}`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

/** As many requests as it can take; what counts is how much processor time it needs for them. */
function flood(peer: Peer, figures: Figures): void {
  const before = processorTime(peer.pids())
  const out = execFileSync(
    'wrk',
    ['-t1', '-c32', `-d${wrkSeconds}s`, '--latency', `http://127.0.0.1:${peer.port}/`],
    {
      encoding: 'utf8',
    },
  )
  const used = processorTime(peer.pids()) - before
  if (/Non-2xx|Socket errors/.test(out)) throw new Error(`${peer.name} answered with errors:\n${out}`)
  const requests = Number(/(\d+) requests in/.exec(out)?.[1])
  figures.perCore.push(requests / used)
  figures.perSecond.push(Number(/Requests\/sec:\s+([\d.]+)/.exec(out)?.[1]))
  figures.p50.push(milliseconds(/^\s+50%\s+(\S+)/m.exec(out)?.[1]))
  figures.p99.push(milliseconds(/^\s+99%\s+(\S+)/m.exec(out)?.[1]))
  figures.memory = memory(peer.pids())
}

async function added(peer: Peer, upstream: number, figures: Figures): Promise<void> {
  // At the same time, so that whatever else the machine does meets both.
  const [direct, through] = await Promise.all([
    pace(upstream, rate, paceSeconds),
    pace(peer.port, rate, paceSeconds),
  ])
  if (through.failed > 0 || direct.failed > 0)
    throw new Error(`${through.failed} requests through ${peer.name} failed`)
  figures.paced.push({ direct: direct.p99, added: through.p99 - direct.p99 })
}

/** The round in which requests that took no proxy at all were least disturbed: chosen without a look at the proxy. */
function calmest(paced: Figures['paced']): { readonly direct: number; readonly added: number } | undefined {
  return paced.toSorted((a, b) => a.direct - b.direct)[0]
}

function milliseconds(text: string | undefined): number {
  const match = /^([\d.]+)(us|ms|s)$/.exec(text ?? '')
  const factor = { us: 0.001, ms: 1, s: 1000 }[match?.[2] ?? ''] ?? Number.NaN
  return Number(match?.[1]) * factor
}

function report(
  running: readonly { peer: Peer; figures: Figures }[],
  missing: readonly string[],
): BenchReport {
  const rows = running.map(({ peer, figures }) => ({
    proxy: peer.name,
    version: peer.version,
    'req/s per core': Math.round(median(figures.perCore)),
    'req/s': Math.round(median(figures.perSecond)),
    'p50 ms': rounded(median(figures.p50)),
    'p99 ms': rounded(median(figures.p99)),
    [`direct p99 ms at ${rate}/s`]: rounded(calmest(figures.paced)?.direct ?? Number.NaN),
    'added p99 ms': rounded(calmest(figures.paced)?.added ?? Number.NaN),
    'memory MB': Math.round(figures.memory),
  }))
  const absent = missing.map(name => ({ proxy: name, version: 'could not take part' }))
  const perCore = (name: string): number | undefined => {
    const found = running.find(({ peer }) => peer.name === name)
    return found && median(found.figures.perCore)
  }
  const own = running.find(({ peer }) => peer.name === 'stellwerk')
  const calm = own && calmest(own.figures.paced)
  const late = calm ? rounded(calm.added) : null
  return {
    bench: 'router',
    machine: machine(),
    rows: [...rows, ...absent],
    goals: [
      ratio('req/s per core against caddy', perCore('stellwerk'), perCore('caddy'), 1.3),
      ratio('req/s per core against nginx', perCore('stellwerk'), perCore('nginx'), 0.4),
      {
        name: `added p99 at ${rate} requests a second, ms`,
        measured: late,
        goal: '< 2',
        met: late !== null && late < 2,
      },
    ],
  }
}

function ratio(name: string, own: number | undefined, other: number | undefined, least: number): Goal {
  if (own === undefined || other === undefined)
    return { name, measured: null, goal: `>= ${least}`, met: false }
  const measured = rounded(own / other)
  return { name, measured, goal: `>= ${least}`, met: measured >= least }
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}
