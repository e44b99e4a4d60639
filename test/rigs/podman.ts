// A real podman of its own: storage and configuration in a private directory, and its socket, which serves docker-compose.
import { execFile, spawn } from 'node:child_process'
import { mkdir, mkdtemp, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type ContainerEngine, clearAway, endOf, whyNoContainers } from './container-engine.ts'

const execute = promisify(execFile)

/** `registry`: its address; it speaks without TLS. */
export async function startPodman(registry: string): Promise<ContainerEngine> {
  await whyNoContainers()
  const directory = await mkdtemp(join(tmpdir(), 'podman-'))
  const at = (name: string) => join(directory, name)
  await mkdir(at('tmp'))
  await writeFile(
    at('storage.conf'),
    `[storage]\ndriver = "overlay"\ngraphroot = "${at('data')}"\nrunroot = "${at('run')}"\n`,
  )
  await writeFile(at('policy.json'), '{"default":[{"type":"insecureAcceptAnything"}]}')
  await writeFile(at('registries.conf'), `[[registry]]\nlocation = "${registry}"\ninsecure = true\n`)
  await writeFile(
    at('containers.conf'),
    `[containers]
default_ulimits = ["nofile=20000:20000", "nproc=16384:16384"]
log_driver = "k8s-file"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
tmp_dir = "${at('tmp')}"
static_dir = "${at('static')}"
volume_path = "${at('volumes')}"
[engine.runtimes]
runc = ["/usr/sbin/runc", "/usr/bin/runc"]
`,
  )
  const socket = `${directory}/p.sock`
  const env = {
    CONTAINERS_CONF: at('containers.conf'),
    CONTAINERS_STORAGE_CONF: at('storage.conf'),
    CONTAINERS_REGISTRIES_CONF: at('registries.conf'),
    DOCKER_HOST: `unix://${socket}`,
  }
  // podman looks each of its parts up among the packages of the machine whenever it is asked for its version.
  const all = { ...process.env, ...env, DPKG_ADMINDIR: at('no-packages') }
  const run = async (...args: string[]) => (await execute('podman', args, { env: all })).stdout.trim()
  const service = spawn('podman', ['system', 'service', '--time=0', `unix://${socket}`], {
    env: all,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const said: string[] = []
  service.stderr.setEncoding('utf8').on('data', (part: string) => said.push(part))
  const stop = async () => {
    await run('rm', '--all', '--force', '--time', '0').catch(() => '')
    await endOf(service)
    await clearAway(directory)
  }
  for (let tries = 0; ; tries++) {
    if (await stat(socket).catch(() => undefined)) break
    if (service.exitCode !== null || tries > 300) {
      await stop()
      throw new Error(`podman does not start: ${said.join('').slice(-2000)}`)
    }
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  return { engine: 'podman', env, directory, run, [Symbol.asyncDispose]: stop }
}
