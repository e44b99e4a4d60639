// A real dockerd of its own: socket and data in a private directory, no bridge and no rule of the firewall; ended by its pid.
import { execFile, spawn } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type ContainerEngine, clearAway, endOf, whyNoContainers } from './container-engine.ts'

const execute = promisify(execFile)

export async function startDocker(): Promise<ContainerEngine> {
  await whyNoContainers()
  const directory = await mkdtemp(join(tmpdir(), 'docker-'))
  const socket = `unix://${directory}/d.sock`
  const daemon = spawn(
    'dockerd',
    [
      ...['--data-root', `${directory}/data`, '--exec-root', `${directory}/exec`],
      ...['--pidfile', `${directory}/pid`, '-H', socket],
      ...['--bridge=none', '--iptables=false', '--ip6tables=false', '--ip-forward=false', '--ip-masq=false'],
      '--log-level=warn',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const said: string[] = []
  daemon.stderr.setEncoding('utf8').on('data', (part: string) => said.push(part))
  const env = { DOCKER_HOST: socket }
  const run = async (...args: string[]) =>
    (await execute('docker', args, { env: { ...process.env, ...env } })).stdout.trim()
  const stop = async () => {
    const left = await run('ps', '-aq').catch(() => '')
    if (left !== '') await run('rm', '-f', ...left.split('\n')).catch(() => '')
    await endOf(daemon)
    await clearAway(directory)
  }
  for (let tries = 0; ; tries++) {
    const up = await run('info', '-f', '{{.ServerVersion}}').catch(() => '')
    if (/^\d/.test(up)) break
    if (daemon.exitCode !== null || tries > 300) {
      await stop()
      throw new Error(`dockerd does not start: ${said.join('').slice(-2000)}`)
    }
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  return { engine: 'docker', env, directory, run, [Symbol.asyncDispose]: stop }
}
