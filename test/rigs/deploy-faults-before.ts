// Faults that are met before anything of a host is changed: in stellwerk.yaml, the build, the bundle, and what hosts say of themselves.
import { once } from 'node:events'
import { copyFileSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Attempt, Fault } from './deploy-fault.ts'
import { tests } from './deploy-fault-app.ts'
import type { FaultShop } from './deploy-fault-shop.ts'
import { startSshHosts } from './sshd.ts'
import type { Document } from './story-app.ts'

const reference = '$' + '{API_TOKEN}'
const part = (document: Document, key: string) => document[key] as Document

/** Commits to main, deploys main, and takes the commit back. */
function committed(
  shop: FaultShop,
  files: Readonly<Record<string, string>>,
  removed: readonly string[] = [],
): Attempt {
  shop.commit(files, removed)
  return { words: ['--ref', 'main'], mend: () => shop.git('reset', '-q', '--hard', 'HEAD~1') }
}

/** stellwerk.yaml as bytes that `change` makes of the good ones. */
async function rewritten(shop: FaultShop, change: (good: string) => string | Buffer): Promise<Attempt> {
  const file = join(shop.story.directory, 'stellwerk.yaml')
  const good = readFileSync(file, 'utf8')
  const attempt = await shop.release()
  writeFileSync(file, change(good))
  return { ...attempt, mend: () => writeFileSync(file, good) }
}

export const faultsBefore: readonly Fault<FaultShop>[] = [
  {
    id: 'undecided',
    incident: 'The checklist left "which hosting platform?" open, and the go-live began all the same',
    made: 'a decision without an answer',
    phase: 'read',
    code: 'STW-C138',
    says: /Not decided: Where does it run\?/,
    make: shop =>
      shop.configured(good => ({
        ...good,
        decisions: { hosting: { question: 'Where does it run?', options: ['cloud', 'here'] } },
      })),
  },
  {
    id: 'utf-16',
    incident: 'An editor rewrote 53 configuration files as UTF-16',
    made: 'stellwerk.yaml in UTF-16',
    phase: 'read',
    code: 'STW-C009',
    says: /not UTF-8/,
    make: shop => rewritten(shop, good => Buffer.from(`\uFEFF${good}`, 'utf16le')),
  },
  {
    id: 'clear-secret',
    incident: 'A token stood in the source for months',
    made: 'a service is given a token that is not declared as a secret, so no output would hide it',
    phase: 'read',
    code: 'STW-C045',
    says: /looks like a secret/,
    make: async shop => ({
      ...(await shop.configured(good => {
        const services = part(good, 'services')
        const env = { ROLE: 'web', API_TOKEN: reference }
        return { ...good, services: { ...services, web: { ...part(services, 'web'), env } } }
      })),
      env: { API_TOKEN: 'a-token-of-somebody' },
    }),
  },
  {
    id: 'same-port',
    incident: 'Two services were given the same port; one of them never came up',
    made: 'the worker on a port of the web service',
    phase: 'read',
    code: 'STW-C022',
    says: /already used by/,
    make: shop =>
      shop.configured(good => {
        const services = part(good, 'services')
        return {
          ...good,
          services: { ...services, worker: { ...part(services, 'worker'), ports: [shop.ports[0]] } },
        }
      }),
  },
  {
    id: 'weakened',
    incident: 'Health checks were weakened one by one until the pipeline was green',
    made: 'every check of verify only warns, and health says kritisch',
    phase: 'never',
    says: /^$/,
    why: 'a team may decide that; Stellwerk warns at every run that no check can fail (STW-C093), and shows what the checks saw',
    make: shop =>
      shop.configured(
        good => {
          const { smoke, health } = part(good, 'verify') as Record<string, readonly string[]>
          const checks = Object.entries(part(good, 'checks')).map(([name, check]) => [
            name,
            [...(smoke ?? []), ...(health ?? [])].includes(name)
              ? { ...(check as object), level: 'warn' }
              : check,
          ])
          return { ...good, checks: Object.fromEntries(checks) }
        },
        { paths: { '/health': { type: 'application/json', body: '{"status":"kritisch"}' } } },
      ),
  },
  {
    id: 'red-test',
    incident: 'The "all green" script ignored the exit code of the tests',
    made: 'a red test in the commit',
    phase: 'build',
    code: 'STW-R107',
    says: /The tests failed/,
    make: shop => committed(shop, { 'price.test.mjs': tests.red }),
  },
  {
    id: 'coverage',
    incident: 'The checklist asks for 80 % coverage, and nobody looked',
    made: 'a commit whose tests cover less',
    phase: 'build',
    code: 'STW-R107',
    says: /line coverage does not meet threshold of 80/,
    make: shop => committed(shop, { 'price.test.mjs': tests.thin }),
  },
  {
    id: 'no-entry',
    incident: 'A bundle without index.php went live: 403 for everybody',
    made: 'a commit without index.html',
    phase: 'build',
    code: 'STW-R109',
    says: /entry file "index\.html"/,
    make: shop => committed(shop, {}, ['index.html']),
  },
  {
    id: 'no-artifact',
    incident: 'A path filter skipped the build, and the deploy took what lay there',
    made: 'a build command that makes nothing, output dist',
    phase: 'build',
    code: 'STW-R108',
    says: /made no directory "dist"/,
    make: shop =>
      shop
        .configured(good => ({ ...good, build: { ...part(good, 'build'), output: 'dist', test: [] } }))
        .then(attempt => ({ ...attempt, words: ['--ref', 'main'] })),
  },
  {
    id: 'other-branch',
    incident: 'A deploy fired on a push whose tests had never run',
    made: 'a commit that is not on main, which the environment demands',
    phase: 'bundle',
    code: 'STW-D303',
    says: /is not on branch "main"/,
    make: async shop => {
      const attempt = await shop.configured(good => {
        const { test } = part(good, 'environments')
        return { ...good, environments: { test: { ...(test as object), branch: 'main' } } }
      })
      shop.git('checkout', '-q', '-b', 'side')
      shop.commit({})
      shop.git('checkout', '-q', 'main')
      return {
        words: ['--ref', 'side'],
        mend: () => Promise.all([attempt.mend?.(), shop.git('branch', '-D', 'side')]),
      }
    },
  },
  {
    id: 'changed-file',
    incident: 'The archive was packed while files in it were written, and its checksum was never compared',
    made: 'a bundle with bytes of another one inside',
    phase: 'bundle',
    code: 'STW-R120',
    says: /cannot be read/,
    make: async shop => {
      const attempt = await shop.release({}, [], { 'noise.bin': noise(200_000) })
      const path = String(attempt.words[1])
      const bytes = readFileSync(path)
      bytes.fill(0x5a, Math.floor(bytes.length / 2), Math.floor(bytes.length / 2) + 64)
      writeFileSync(path, bytes)
      return attempt
    },
  },
  {
    id: 'no-env',
    incident: 'A missing .env was replaced by the example, and the app ran on it',
    made: 'shared/.env is gone',
    phase: 'look',
    code: 'STW-D102',
    says: /shared\/\.env does not exist/,
    make: async shop => moved(shop, join(shop.root, 'shared/.env')),
  },
  {
    id: 'no-room',
    incident: 'Backups of backups filled a disk of 98 GB, and a deploy ended half-way',
    made: 'less free space than release.minFree asks for',
    phase: 'look',
    code: 'STW-D104',
    says: /not enough room/,
    make: shop =>
      shop.configured(good => ({ ...good, release: { ...part(good, 'release'), minFree: '900000GB' } })),
  },
  {
    id: 'in-place',
    incident: 'People edited the live directory, and the next deploy threw their work away',
    made: 'current is a link to a directory that is no release',
    phase: 'look',
    code: 'STW-D101',
    says: /is not a link into releases/,
    make: async shop => {
      const attempt = await shop.release()
      const current = join(shop.root, 'current')
      renameSync(current, `${current}.kept`)
      symlinkSync('shared', current)
      return {
        ...attempt,
        mend: () => {
          rmSync(current)
          renameSync(`${current}.kept`, current)
        },
      }
    },
  },
  {
    id: 'taken-port',
    incident: 'Another program had taken the port of the app',
    made: 'somebody listens on both ports that the next slot could have',
    phase: 'start',
    code: 'STW-S002',
    says: /is taken by another program/,
    make: async shop => {
      const attempt = await shop.release()
      // One of the two is the old release's own.
      const strangers = shop.ports.map(port => createServer().listen(port, '127.0.0.1'))
      await Promise.allSettled(strangers.map(stranger => once(stranger, 'listening')))
      return { ...attempt, mend: () => strangers.map(stranger => stranger.close()) }
    },
  },
  {
    id: 'no-program',
    incident: 'A script called another one that had never been committed',
    made: 'a service whose program is not on the host',
    phase: 'start',
    code: 'STW-S001',
    says: /no-such-program: not found/,
    make: shop =>
      shop.configured(good => {
        const services = part(good, 'services')
        return {
          ...good,
          services: { ...services, web: { ...part(services, 'web'), command: 'no-such-program server.mjs' } },
        }
      }),
  },
  {
    id: 'no-shell',
    incident: 'The user of the deploy had nologin as its shell',
    made: 'the same host over a real sshd whose user may not log in',
    phase: 'look',
    code: 'STW-H018',
    says: /does not run scripts/,
    make: async shop => {
      const rig = await startSshHosts({ count: 1, loginShell: '/usr/sbin/nologin' })
      const [host] = rig.hosts
      if (!host) throw new Error('no sshd')
      const { address, port } = host
      const attempt = await shop.configured(good => {
        const over = {
          address,
          port,
          root: shop.root,
          identityFile: rig.identityFile,
          sshConfig: rig.sshConfig,
        }
        return { ...good, environments: { test: { root: shop.root, hosts: { local: over } } } }
      })
      return { ...attempt, mend: () => Promise.all([attempt.mend?.(), rig[Symbol.asyncDispose]()]) }
    },
  },
]

/** Bytes that no program compresses, the same each time. */
function noise(length: number): Buffer {
  let state = 1
  return Buffer.from(
    Array.from({ length }, () => {
      state = (state * 1103515245 + 12345) % 2147483648
      return (state >> 16) & 0xff
    }),
  )
}

async function moved(shop: FaultShop, path: string): Promise<Attempt> {
  const attempt = await shop.release()
  copyFileSync(path, `${path}.kept`)
  rmSync(path)
  return { ...attempt, mend: () => renameSync(`${path}.kept`, path) }
}
