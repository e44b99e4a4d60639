// The tools that Stellwerk is measured beside, each set up as its manual says; see bench/peers.
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { execute } from './program.ts'
import type { Tool } from './tool.ts'

const files = (name: string) => join(import.meta.dirname, '../peers', name)
const firstMatch = (text: string, pattern: RegExp) => pattern.exec(text)?.[1] ?? text.trim()

export const floor: Tool = {
  name: 'bash floor',
  version: async () => `rsync ${firstMatch(await execute('rsync', ['--version']), /version +(\S+)/)}`,
  async prepare({ directory, root, fleet }) {
    let number = 1000
    const env = { SSH_CONFIG: fleet.sshConfig, ROOT: root }
    const command = (...words: string[]) => ({ file: files('floor.sh'), words, directory, env })
    return {
      deploy: ({ tree }) => command('deploy', tree, String(++number), ...fleet.names),
      rollback: () => command('rollback', ...fleet.names),
    }
  },
}

export const capistrano: Tool = {
  name: 'Capistrano',
  version: async () => firstMatch(await execute('cap', ['--version']), /Version: (\S+)/),
  async prepare({ directory, root, fleet, workload }) {
    cpSync(files('capistrano'), directory, { recursive: true })
    const command = (task: string, version: string) => ({
      file: 'cap',
      words: ['bench', task],
      directory,
      env: {
        SSH_CONFIG: fleet.sshConfig,
        HOSTS: fleet.names.join(','),
        ROOT: root,
        // As the hosts see it; a server of its own would cost Capistrano more round trips.
        REPOSITORY: `file://${workload.repository}`,
        VERSION: version,
      },
    })
    return {
      deploy: ({ name }) => command('deploy', name),
      rollback: () => command('deploy:rollback', ''),
    }
  },
}

export const ansible: Tool = {
  name: 'Ansible',
  version: async () => `core ${firstMatch(await execute('ansible', ['--version']), /core ([^\]]+)/)}`,
  async prepare({ directory, root, fleet }) {
    cpSync(files('ansible'), directory, { recursive: true })
    writeFileSync(join(directory, 'hosts'), fleet.names.map(name => `${name}\n`).join(''))
    let number = 1000
    const command = (playbook: string, variables: Readonly<Record<string, string>>) => ({
      file: 'ansible-playbook',
      words: ['-i', 'hosts', playbook, '-e', JSON.stringify({ root, ...variables })],
      directory,
      env: {
        ANSIBLE_SSH_ARGS: `-F ${fleet.sshConfig} -o ControlMaster=auto -o ControlPersist=10s`,
        ANSIBLE_SSH_CONTROL_PATH_DIR: join(directory, 'c'),
        ANSIBLE_LOCAL_TEMP: join(directory, 'local'),
        LC_ALL: 'C.UTF-8',
      },
    })
    return {
      deploy: ({ tree }) => command('deploy.yaml', { tree, release: String(++number) }),
      rollback: () => command('rollback.yaml', {}),
    }
  },
}

/** Installed below `directory` by npm, so it needs a network or a cache. */
export function shipit(directory: string): Tool {
  const program = join(directory, 'node_modules/.bin/shipit')
  return {
    name: 'shipit',
    async version() {
      mkdirSync(directory, { recursive: true })
      writeFileSync(join(directory, 'package.json'), '{"private":true}\n')
      const packages = ['shipit-cli@5.3.0', 'shipit-deploy@5.3.0']
      await execute('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...packages], directory)
      return '5.3.0'
    },
    async prepare({ directory: own, root, fleet, workload }) {
      // The file finds its plug-in beside the program.
      cpSync(files('shipit'), dirname(dirname(dirname(program))), { recursive: true })
      // It cannot be told of another ssh_config.
      const bin = join(own, 'bin')
      mkdirSync(bin)
      mkdirSync(join(own, 'workspace'))
      writeFileSync(join(bin, 'ssh'), `#!/bin/sh\nexec /usr/bin/ssh -F ${fleet.sshConfig} "$@"\n`, {
        mode: 0o755,
      })
      const command = (task: string, version: string) => ({
        file: program,
        words: ['--shipitfile', join(directory, 'shipitfile.js'), 'bench', task],
        directory: own,
        env: {
          PATH: `${bin}:${process.env['PATH'] ?? ''}`,
          HOSTS: fleet.names.join(','),
          ROOT: root,
          REPOSITORY: `file://${workload.repository}`,
          WORKSPACE: join(own, 'workspace'),
          VERSION: version,
        },
      })
      return {
        deploy: ({ name }) => command('deploy', name),
        rollback: () => command('rollback', 'v0'),
      }
    },
  }
}
