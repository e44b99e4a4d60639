// The proxies that are compared, each with one worker on the same upstream, each started by us and ended by its pid.
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundleRouter } from '../test/rigs/router.ts'

export interface Peer {
  readonly name: string
  readonly version: string
  readonly port: number
  /** Processes whose time and memory are the proxy's. */
  pids(): readonly number[]
  stop(): void
}

export interface PeerKind {
  readonly name: string
  start(place: Place): Promise<Peer>
}

export interface Place {
  readonly directory: string
  readonly port: number
  readonly upstream: number
}

/** 1 KB, as small as an API's answer is. */
const body = 'x'.repeat(1024)

function version(command: string, ...words: readonly string[]): string {
  const script = `${[command, ...words].join(' ')} 2>&1 | head -n 1`
  return /\d+\.\d+(\.\d+)?/.exec(execFileSync('sh', ['-c', script], { encoding: 'utf8' }))?.[0] ?? '?'
}

/** Throws when the command is not there. */
function need(command: string): void {
  execFileSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' })
}

function children(pid: number): readonly number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(candidate => {
      try {
        const stat = readFileSync(`/proc/${candidate}/stat`, 'utf8')
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid
      } catch {
        return false
      }
    })
}

function startNginx(directory: string, http: string): number {
  mkdirSync(directory, { recursive: true })
  const conf = join(directory, 'nginx.conf')
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    name => `${name}_temp_path ${directory}/${name};`,
  )
  writeFileSync(
    conf,
    `worker_processes 1; pid ${directory}/pid; error_log ${directory}/error.log;
events { worker_connections 2048; }
http { access_log off; keepalive_requests 100000000; ${temporary.join(' ')}
${http} }
`,
  )
  execFileSync('nginx', ['-c', conf, '-p', directory], { stdio: 'ignore' })
  return Number(readFileSync(join(directory, 'pid'), 'utf8'))
}

/** The app behind all of them: nginx answers 1 KB from memory, so that it is never what is measured. */
export function startUpstream(directory: string, port: number): () => void {
  need('nginx')
  const pid = startNginx(
    directory,
    `server { listen 127.0.0.1:${port}; location / { return 200 "${body}"; } }`,
  )
  return () => process.kill(pid, 'SIGTERM')
}

const router: PeerKind = {
  name: 'stellwerk',
  start: async ({ directory, port, upstream }) => {
    const file = await bundleRouter(directory)
    const state = join(directory, 'state')
    mkdirSync(state)
    const target = { host: '127.0.0.1', port: upstream, release: 'bench' }
    writeFileSync(join(state, 'desired.json'), JSON.stringify({ generation: 1, target, drainMs: 0 }))
    const child = spawn(process.execPath, [file, '--state', state, '--listen', `127.0.0.1:${port}`], {
      stdio: 'ignore',
    })
    return {
      name: 'stellwerk',
      version: `node ${process.versions.node}`,
      port,
      pids: () => [child.pid ?? 0],
      stop: () => void child.kill('SIGTERM'),
    }
  },
}

const nginx: PeerKind = {
  name: 'nginx',
  start: async ({ directory, port, upstream }) => {
    need('nginx')
    const pid = startNginx(
      directory,
      `upstream app { server 127.0.0.1:${upstream}; keepalive 64; keepalive_requests 100000000; }
server { listen 127.0.0.1:${port}; location / {
  proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;
  proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Forwarded-Host $host;
} }`,
    )
    return {
      name: 'nginx',
      version: version('nginx', '-v'),
      port,
      pids: () => [pid, ...children(pid)],
      stop: () => void process.kill(pid, 'SIGTERM'),
    }
  },
}

const haproxy: PeerKind = {
  name: 'haproxy',
  start: async ({ directory, port, upstream }) => {
    need('haproxy')
    const conf = join(directory, 'haproxy.cfg')
    writeFileSync(
      conf,
      `global
  nbthread 1
  maxconn 4000
  ulimit-n 9000
defaults
  mode http
  timeout client 30s
  timeout server 30s
  timeout connect 5s
  option forwardfor
frontend front
  bind 127.0.0.1:${port}
  http-request set-header X-Forwarded-Proto http
  default_backend app
backend app
  http-reuse always
  server one 127.0.0.1:${upstream}
`,
    )
    const child = spawn('haproxy', ['-db', '-f', conf], { stdio: 'ignore' })
    return {
      name: 'haproxy',
      version: version('haproxy', '-v'),
      port,
      pids: () => [child.pid ?? 0],
      stop: () => void child.kill('SIGTERM'),
    }
  },
}

const caddy: PeerKind = {
  name: 'caddy',
  start: async ({ directory, port, upstream }) => {
    need('caddy')
    const conf = join(directory, 'Caddyfile')
    writeFileSync(
      conf,
      `{\n  admin off\n  auto_https off\n}\nhttp://127.0.0.1:${port} {\n  reverse_proxy 127.0.0.1:${upstream}\n}\n`,
    )
    const environment = { ...process.env, HOME: directory, GOMAXPROCS: '1' }
    const child = spawn('caddy', ['run', '--config', conf, '--adapter', 'caddyfile'], {
      stdio: 'ignore',
      env: environment,
    })
    return {
      name: 'caddy',
      version: version('caddy', 'version'),
      port,
      pids: () => [child.pid ?? 0],
      stop: () => void child.kill('SIGTERM'),
    }
  },
}

export const peers: readonly PeerKind[] = [router, nginx, haproxy, caddy]

/** Seconds of processor time used so far. */
export function processorTime(pids: readonly number[]): number {
  let ticks = 0
  for (const pid of pids) {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    ticks += Number(fields[11]) + Number(fields[12])
  }
  return ticks / 100
}

/** Resident memory in MB. */
export function memory(pids: readonly number[]): number {
  let kilobytes = 0
  for (const pid of pids)
    kilobytes += Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  return kilobytes / 1024
}
