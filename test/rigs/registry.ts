// A registry for containers of its own: it serves images that it puts together from busybox and a few files, by tag and by
// digest, and counts what was asked. No engine builds anything, so every engine gets the very same image.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from './free-port.ts'

const execute = promisify(execFile)

export interface ImageProps {
  /** Shell lines that end with a program that stays: number 1 of the container. */
  readonly script: string
  /** A command whose exit code is the health. */
  readonly health?: string
}

export interface Registry extends AsyncDisposable {
  /** host:port, as it stands before the name of an image. */
  readonly address: string
  /** Makes an image and returns its reference by digest. */
  push(name: string, tag: string, image: ImageProps): Promise<string>
  /** Ends it, so that nothing can be pulled any more. */
  close(): Promise<void>
}

const programs = ['sh', 'httpd', 'sleep', 'cat', 'echo', 'mkdir', 'test', 'kill', 'rm', 'true', 'false', 'ls']
const manifestType = 'application/vnd.docker.distribution.manifest.v2+json'

export async function startRegistry(): Promise<Registry> {
  const blobs = new Map<string, Buffer>()
  const manifests = new Map<string, Buffer>()
  const port = await freePort()
  const server = createServer((request, response) => {
    const match = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(request.url ?? '')
    if (!match) return void response.end('{}')
    const [, name = '', what, key = ''] = match
    const body = what === 'blobs' ? blobs.get(key) : manifests.get(`${name}/${key}`)
    if (!body) return void response.writeHead(404).end()
    response.setHeader('Content-Type', what === 'blobs' ? 'application/octet-stream' : manifestType)
    response.setHeader('Content-Length', body.length)
    if (what === 'manifests') response.setHeader('Docker-Content-Digest', digestOf(body))
    response.end(request.method === 'HEAD' ? undefined : body)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const close = async () => {
    if (!server.listening) return
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }
  const keep = (content: Buffer) => {
    const digest = digestOf(content)
    blobs.set(digest, content)
    return { digest, size: content.length }
  }
  const base = await layerOf(async root => {
    await mkdir(join(root, 'bin'))
    await copyFile('/bin/busybox', join(root, 'bin/busybox'))
    await chmod(join(root, 'bin/busybox'), 0o755)
    for (const program of programs) await symlink('busybox', join(root, 'bin', program))
    await mkdir(join(root, 'tmp'))
  })
  return {
    address: `127.0.0.1:${port}`,
    push: async (name, tag, { script, health }) => {
      const own = await layerOf(root => writeFile(join(root, 'app.sh'), script))
      const config = keep(
        Buffer.from(
          JSON.stringify({
            architecture: process.arch === 'x64' ? 'amd64' : process.arch,
            os: 'linux',
            config: {
              Env: ['PATH=/bin'],
              Cmd: ['/bin/sh', '/app.sh'],
              ...(health === undefined
                ? {}
                : {
                    Healthcheck: {
                      Test: ['CMD-SHELL', health],
                      Interval: 200_000_000,
                      Timeout: 5_000_000_000,
                      Retries: 3,
                    },
                  }),
            },
            rootfs: { type: 'layers', diff_ids: [digestOf(base), digestOf(own)] },
            history: [{ created_by: 'busybox' }, { created_by: 'app' }],
          }),
        ),
      )
      const mediaType = (part: string) => `application/vnd.docker.${part}`
      const manifest = Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: manifestType,
          config: { mediaType: mediaType('container.image.v1+json'), ...config },
          layers: [base, own].map(layer => ({
            mediaType: mediaType('image.rootfs.diff.tar'),
            ...keep(layer),
          })),
        }),
      )
      const digest = digestOf(manifest)
      for (const key of [tag, digest]) manifests.set(`${name}/${key}`, manifest)
      return `127.0.0.1:${port}/${name}@${digest}`
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`
}

/** The files that `fill` makes, as the tar of a layer. */
async function layerOf(fill: (root: string) => Promise<void>): Promise<Buffer> {
  const directory = await mkdtemp(join(tmpdir(), 'layer-'))
  try {
    await mkdir(join(directory, 'root'))
    await fill(join(directory, 'root'))
    await execute('tar', ['--owner=0', '--group=0', '-cf', 'layer.tar', '-C', 'root', '.'], {
      cwd: directory,
    })
    return await readFile(join(directory, 'layer.tar'))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
