// A real Prometheus of its own: private directory, free loopback port, ended by its pid.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { freePort } from './free-port.ts'

export interface Prometheus extends AsyncDisposable {
  readonly port: number
}

export interface Job {
  readonly name: string
  readonly targets: readonly string[]
  /** How often it is asked; the first time comes within this time. */
  readonly every: string
}

export async function startPrometheus(jobs: readonly Job[]): Promise<Prometheus> {
  const directory = await mkdtemp(join(tmpdir(), 'stw-prometheus-'))
  const config = join(directory, 'prometheus.yml')
  const entries = jobs.map(({ name, targets, every }) => ({
    job_name: name,
    scrape_interval: every,
    scrape_timeout: every,
    static_configs: [{ targets }],
  }))
  // JSON is YAML.
  await writeFile(config, JSON.stringify({ scrape_configs: entries }))
  const port = await freePort()
  const server = spawn(
    'prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  // From the start: it may have been ended by somebody else.
  const gone = once(server, 'exit')
  let said = ''
  let ready = false
  for await (const line of createInterface({ input: server.stderr })) {
    said += `${line}\n`
    ready = line.includes('Server is ready to receive web requests')
    if (ready) break
  }
  if (!ready) throw new Error(`prometheus did not start: ${said}`)
  server.stderr.resume()
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      server.kill('SIGKILL')
      await gone
      await rm(directory, { recursive: true, force: true })
    },
  }
}
