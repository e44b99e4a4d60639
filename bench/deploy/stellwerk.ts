import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execute, type Program } from './program.ts'
import type { Tool } from './tool.ts'

export function stellwerk(program: Program): Tool {
  return {
    name: 'Stellwerk',
    version: async () => (await execute(program.node, [program.file, '--version'])).trim(),
    async prepare({ directory, root, fleet }) {
      const hosts = fleet.names.map(name => `${name}: { address: ${name}, sshConfig: ${fleet.sshConfig} }`)
      writeFileSync(join(directory, 'stellwerk.yaml'), config(root, hosts))
      // Its cache of compiled code and of manifests is as a second deploy finds it.
      const env = { XDG_CACHE_HOME: join(directory, 'cache'), XDG_STATE_HOME: join(directory, 'state') }
      const command = (...words: string[]) => ({
        file: program.node,
        words: [program.file, ...words, '--yes', '--json'],
        directory,
        env,
      })
      return {
        deploy: ({ bundle }) => command('deploy', '--bundle', bundle),
        rollback: () => command('rollback'),
      }
    },
  }
}

function config(root: string, hosts: readonly string[]): string {
  return `version: 1
app: bench
release: { shared: { directories: [storage, log, uploads], files: [.env, secret.key] }, keep: 5 }
verify: { identity: { waived: nothing serves here } }
environments:
  production:
    root: ${root}
    hosts:
${hosts.map(host => `      ${host}\n`).join('')}`
}
