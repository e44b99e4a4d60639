// The servers around this app, private and for a while: nginx in front of it and a mail server that keeps what it gets, on free ports,
// ended by pid. `node scripts/servers.ts <root of a release> <port of the API>` starts them until Ctrl-C.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const deploy = join(import.meta.dirname, '../deploy')

export interface Site extends AsyncDisposable {
  readonly url: string
  readonly port: number
  /** The file with the upstream block, and the commands for whoever rewrites it. */
  readonly upstream: string
  readonly test: string
  readonly reload: string
  readonly accessLog: string
}

/** nginx that serves `root`/web/dist and hands /api to the port; `root` may be a link and need not exist yet. It does not keep this
 *  process alive, and goes on without it until somebody ends it. */
export async function startSite(
  root: string,
  apiPort: number,
  template = readFileSync(join(deploy, 'nginx.conf'), 'utf8'),
  parent = tmpdir(),
): Promise<Site> {
  const directory = mkdtempSync(join(parent, 'serviceheft-nginx-'))
  const upstream = join(directory, 'upstream.conf')
  writeFileSync(upstream, `upstream serviceheft { server 127.0.0.1:${apiPort}; }\n`)
  for (let tries = 5; tries > 0; tries -= 1) {
    const port = await freePort()
    const words = {
      log: join(directory, 'access.log'),
      upstream,
      listen: `127.0.0.1:${port}`,
      proxy: join(deploy, 'proxy.conf'),
      root,
    }
    const site = Object.entries(words).reduce(
      (text, [name, value]) => text.replaceAll(`{{${name}}}`, value),
      template,
    )
    const conf = join(directory, 'nginx.conf')
    writeFileSync(conf, nginxConf(directory, site))
    const child = spawn('nginx', ['-c', conf, '-p', directory, '-g', 'daemon off;'], { stdio: 'ignore' })
    const gone = once(child, 'exit')
    const here = ['-c', conf, '-p', directory].join(' ')
    const up = await Promise.race([gone.then(() => false), accepts(port)])
    if (!up) continue
    child.unref()
    return {
      url: `http://127.0.0.1:${port}`,
      port,
      upstream,
      test: `nginx -t -q ${here}`,
      reload: `nginx -s reload ${here}`,
      accessLog: words.log,
      [Symbol.asyncDispose]: async () => {
        child.ref()
        child.kill('SIGTERM')
        await gone
        rmSync(directory, { recursive: true, force: true })
      },
    }
  }
  const log = join(directory, 'error.log')
  throw new Error(`nginx did not start: ${existsSync(log) ? readFileSync(log, 'utf8') : 'is it installed?'}`)
}

function nginxConf(directory: string, site: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map(name => `${name}_temp_path ${join(directory, name)};`)
    .join(' ')
  const user = process.getuid?.() === 0 ? 'user root;' : ''
  return `${user} pid ${directory}/pid; error_log ${directory}/error.log; worker_processes 1;
events { worker_connections 256; }
http {
types { text/html html; text/css css; text/javascript js; }
${temporary}
${site}
}
`
}

export interface MailServer extends AsyncDisposable {
  readonly url: string
  /** Whole messages, oldest first. */
  readonly messages: readonly string[]
  /** The next message to this address, also one that has come already. */
  next(address: string): Promise<string>
}

/** Takes every mail and sends none on. */
export async function startMail(): Promise<MailServer> {
  const messages: string[] = []
  const waiting = new Set<() => void>()
  const open = new Set<Socket>()
  const server: Server = createServer(socket => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    converse(socket, message => {
      messages.push(message)
      for (const look of waiting) look()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  return {
    url: `smtp://127.0.0.1:${address.port}`,
    messages,
    next: to =>
      new Promise(resolve => {
        const look = () => {
          const found = messages.find(message => message.includes(`To: ${to}`))
          if (found === undefined) return
          waiting.delete(look)
          messages.splice(messages.indexOf(found), 1)
          resolve(found)
        }
        waiting.add(look)
        look()
      }),
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

function converse(socket: Socket, got: (message: string) => void): void {
  const say = (line: string) => socket.write(`${line}\r\n`)
  let rest = ''
  let message: string[] | undefined
  socket.on('error', () => undefined)
  socket.on('data', chunk => {
    const lines = (rest + chunk.toString('utf8')).split('\r\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (message === undefined) {
        if (/^DATA$/i.test(line)) {
          message = []
          say('354 go on')
        } else if (/^QUIT$/i.test(line)) {
          socket.end('221 bye\r\n')
        } else say('250 ok')
      } else if (line === '.') {
        got(message.join('\n'))
        message = undefined
        say('250 taken')
      } else message.push(line.replace(/^\./, ''))
    }
  })
  say('220 serviceheft test mail')
}

async function accepts(port: number): Promise<boolean> {
  for (let tries = 250; tries > 0; tries -= 1) {
    const socket = connect(port, '127.0.0.1')
    const open = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (open) return true
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  return false
}

/** Below the range that the system gives to outgoing connections. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 20_000)
    const server = createServer().listen(port, '127.0.0.1')
    const free = await once(server, 'listening').then(
      () => true,
      () => false,
    )
    if (!free) continue
    server.close()
    await once(server, 'close')
    return port
  }
}

if (import.meta.main) {
  const [root = join(import.meta.dirname, '..'), port = '8000'] = process.argv.slice(2)
  mkdirSync(root, { recursive: true })
  const [site, mail] = await Promise.all([startSite(root, Number(port)), startMail()])
  console.log(`${site.url}\nLTC_MAILER_MODE=smtp\nLTC_SMTP_URL=${mail.url}`)
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, () => {
      void Promise.all([site[Symbol.asyncDispose](), mail[Symbol.asyncDispose]()])
    })
}
