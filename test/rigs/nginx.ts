// A real nginx of its own: private prefix, free port, ended by its pid.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { oneFile } from '../../src/traffic/maintenance/nginx-include.ts'
import { freePort } from './free-port.ts'
import { until } from './router.ts'

const execute = promisify(execFile)

export interface Nginx {
  readonly directory: string
  readonly port: number
  readonly include: string
  /** Included by its server block as the guide says. */
  readonly maintenance: string
  /** Shell commands for stellwerk.yaml. */
  readonly test: string
  readonly reload: string
  close(): Promise<void>
}

/** Started with an upstream file that points nowhere, unless `include` is given. */
export async function startNginx(upstream: string, include?: string): Promise<Nginx> {
  const directory = await mkdtemp(join(tmpdir(), 'nginx-'))
  const port = await freePort()
  const conf = join(directory, 'nginx.conf')
  await mkdir(join(directory, 'conf.d'))
  await mkdir(join(directory, 'server.d'))
  const file = join(directory, 'conf.d/upstream.conf')
  const maintenance = join(directory, 'server.d/maintenance.conf')
  await writeFile(file, include ?? `upstream ${upstream} { server 127.0.0.1:9; }\n`)
  await writeFile(
    conf,
    `pid ${directory}/pid; error_log ${directory}/error.log; worker_processes 2;
events { worker_connections 512; }
http {
  access_log off; client_body_temp_path ${directory}/body; proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi; uwsgi_temp_path ${directory}/uwsgi; scgi_temp_path ${directory}/scgi;
  include ${directory}/conf.d/*.conf;
  server {
    listen 127.0.0.1:${port};
    include ${oneFile(maintenance)};
    location / { proxy_pass http://${upstream}; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}
`,
  )
  await execute('nginx', ['-c', conf, '-p', directory])
  const pid = Number(await readFile(join(directory, 'pid'), 'utf8'))
  return {
    directory,
    port,
    include: file,
    maintenance,
    test: `nginx -t -q -c ${conf} -p ${directory}`,
    reload: `nginx -s reload -c ${conf} -p ${directory}`,
    close: async () => {
      try {
        process.kill(pid, 'SIGTERM')
      } catch {
        // It has ended already.
      }
      await until('nginx to end', async () => {
        const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z')
        return / Z/.test(stat.slice(stat.lastIndexOf(')')))
      })
      await rm(directory, { recursive: true, force: true })
    },
  }
}
