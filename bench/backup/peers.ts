// The tools that Stellwerk is measured beside, as Debian has them and as their manuals say.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execute } from '../deploy/program.ts'
import type { Tool } from './tool.ts'
import { dumpCommand, sshOptions } from './tools.ts'
import { database } from './workload.ts'

const firstMatch = (text: string, pattern: RegExp) => pattern.exec(text)?.[1] ?? text.trim()

export const restic: Tool = {
  name: 'restic',
  verified: 'nothing',
  process: 'restic',
  version: async () => firstMatch(await execute('restic', ['version']), /restic (\S+)/),
  async prepare({ directory, files, server, nas }) {
    const sftp = `-o sftp.command="ssh ${sshOptions(nas)} ${nas.user}@127.0.0.1 -s sftp"`
    const env = {
      RESTIC_REPOSITORY: `sftp:${nas.user}@127.0.0.1:${nas.path}/restic`,
      RESTIC_PASSWORD: 'only for the bench',
      RESTIC_CACHE_DIR: join(directory, 'cache'),
    }
    await execute('env', [...variables(env), 'bash', '-c', `restic ${sftp} -q init`])
    return {
      // Its password and its hash are part of what it does; it compresses by itself.
      backup: `${dumpCommand(server)} | restic ${sftp} -q backup --stdin --stdin-filename main.dump
restic ${sftp} -q backup ${files}`,
      env,
      stored: join(nas.files, 'restic'),
    }
  },
}

/** Its repository lies on this disk: borg needs itself at the other end, and the NAS speaks nothing but SFTP. */
export const borgmatic: Tool = {
  name: 'borgmatic, local repository',
  verified: 'nothing',
  process: 'python3.11',
  version: async () => {
    const borg = firstMatch(await execute('borg', ['--version']), /borg (\S+)/)
    return `${firstMatch(await execute('borgmatic', ['--version']), /(\S+)/)}, borg ${borg}`
  },
  async prepare({ directory, files, server }) {
    const repository = join(directory, 'repository')
    const config = join(directory, 'borgmatic.yaml')
    mkdirSync(join(directory, 'home'))
    // Named by its socket, 1.7 makes its pipe where borg does not look, and waits for ever.
    await server.sql("ALTER ROLE postgres PASSWORD 'bench'")
    writeFileSync(
      config,
      `location:
  source_directories: [${files}]
  repositories: [${repository}]
storage: { compression: 'zstd,3' }
hooks:
  postgresql_databases:
    - { name: ${database}, hostname: 127.0.0.1, port: ${server.port}, username: postgres, password: bench, options: -Z0 }
`,
    )
    const env = {
      HOME: join(directory, 'home'),
      BORG_PASSPHRASE: 'only for the bench',
      BORG_BASE_DIR: join(directory, 'home'),
    }
    await execute('env', [...variables(env), 'borg', 'init', '--encryption', 'repokey-blake2', repository])
    return { backup: `borgmatic -c ${config} create`, env, stored: repository }
  },
}

function variables(env: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(env).map(([name, value]) => `${name}=${value}`)
}
