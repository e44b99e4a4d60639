// The floor, by hand and with nothing but programs of every Linux, and Stellwerk.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Nas } from '../../test/rigs/nas.ts'
import type { Postgres } from '../../test/rigs/postgres.ts'
import { execute, type Program } from '../deploy/program.ts'
import type { Tool } from './tool.ts'
import { database } from './workload.ts'

export function dumpCommand({ socket, port }: Postgres): string {
  return `pg_dump -h ${socket} -p ${port} -U postgres -Fc -Z0 ${database}`
}

/** Options of OpenSSH's programs: only this host key, only this account. */
export function sshOptions(nas: Nas, port = nas.port): string {
  return [
    `-oUserKnownHostsFile=${knownHosts(nas, port)}`,
    '-oStrictHostKeyChecking=yes',
    '-oBatchMode=yes',
    '-oIdentitiesOnly=yes',
    `-oIdentityFile=${nas.identityFile}`,
    `-oPort=${port}`,
  ].join(' ')
}

function knownHosts(nas: Nas, port: number): string {
  const file = join(nas.directory, `known_hosts.${port}`)
  writeFileSync(file, `[127.0.0.1]:${port} ${nas.hostKey}\n`)
  return file
}

/** `proof`: what Stellwerk proves, by hand. Every file has its sum, all is fetched again and compared, and what was fetched is a dump
 *  that pg_restore reads to its end; its --list finds none that is cut. */
export function raw(proof: boolean): Tool {
  return {
    name: proof ? 'raw pipeline with the same proof' : 'raw pipeline',
    verified: proof ? 'SHA-256, read back; dump read by pg_restore; sum of every file' : 'nothing',
    version: async () => (await execute('pg_dump', ['--version'])).trim().replace(/ \(Debian.*\)/, ''),
    async prepare({ directory, files, server, nas }) {
      const there = proof ? 'raw-proof' : 'raw'
      const sftp = `sftp -q ${sshOptions(nas)} -b - ${nas.user}@127.0.0.1`
      mkdirSync(join(directory, 'back'))
      const sums = `(cd ${files} && find . -type f -print0 | sort -z | xargs -0 sha256sum) >files.sums`
      const check = `printf 'get volume1/%s back/\\n' ${there}/db.zst ${there}/files.zst | ${sftp} >/dev/null
(cd back && sha256sum --quiet -c ../SHA256SUMS)
zstd -q -d -c back/db.zst | pg_restore -f /dev/null
rm -f back/*`
      return {
        backup: `${dumpCommand(server)} | zstd -q -T0 -3 --check >db.zst
${proof ? sums : ''}
tar -c --acls --xattrs --sparse --numeric-owner -C ${files} . | zstd -q -T0 -3 --check >files.zst
sha256sum db.zst files.zst >SHA256SUMS
printf '%s\\n' '-mkdir volume1/${there}' 'put db.zst volume1/${there}/db.zst' 'put files.zst volume1/${there}/files.zst' \\
  'put SHA256SUMS volume1/${there}/SHA256SUMS' | ${sftp} >/dev/null
${proof ? check : ''}
rm -f db.zst files.zst`,
        stored: join(nas.files, there),
      }
    },
  }
}

export function stellwerk(program: Program, fingerprint: 'rows' | 'content'): Tool {
  return {
    name: `Stellwerk, fingerprint: ${fingerprint}`,
    verified: 'SHA-256, read back; dump read by pg_restore; sum of every file',
    process: 'node',
    version: async () => (await execute(program.node, [program.file, '--version'])).trim(),
    async prepare({ directory, files, server, nas }) {
      const there = `stellwerk-${fingerprint}`
      const document = `version: 1
app: bench
verify: { identity: { waived: nothing serves here } }
databases:
  main: { kind: postgres, database: ${database}, socket: ${server.socket}, port: ${server.port}, user: postgres, fingerprint: ${fingerprint} }
backup:
  files: { uploads: { paths: [${files}] } }
  destinations:
    nas:
      kind: sftp
      address: ${nas.user}@127.0.0.1
      port: ${nas.port}
      path: ${nas.path}/${there}
      hostKey: ${nas.hostKey}
      identityFile: ${nas.identityFile}
environments:
  production: { root: ${join(directory, 'root')}, hosts: { here: local } }
`
      writeFileSync(join(directory, 'stellwerk.yaml'), document)
      return {
        backup: `${program.node} ${program.file} backup production --class daily --yes --json`,
        env: { XDG_CACHE_HOME: join(directory, 'cache'), XDG_STATE_HOME: join(directory, 'state') },
        stored: join(nas.files, there),
      }
    },
  }
}
