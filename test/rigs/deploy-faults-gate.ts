// Faults of the world that a gate sees: rights, settings, certificates, clocks. A release that would be good is refused.
import { execFileSync } from 'node:child_process'
import { chmodSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeNvidiaSmi } from '../../examples/ablage/variants/nvidia-smi.ts'
import { quote } from '../../src/core/shell.ts'
import type { Attempt, Fault } from './deploy-fault.ts'
import { certificate, type FaultShop } from './deploy-fault-shop.ts'
import type { Document } from './story-app.ts'

/** A file of the world with other content; the old one is put back. */
async function changed(
  shop: FaultShop,
  path: string,
  change: (old: string) => string | Buffer,
): Promise<Attempt> {
  const attempt = await shop.release()
  const old = readFileSync(path)
  writeFileSync(path, change(old.toString()))
  return { ...attempt, mend: () => writeFileSync(path, old) }
}

const settings = (shop: FaultShop, change: (old: string) => string) =>
  changed(shop, join(shop.root, 'shared/.env'), change)

const gate = { phase: 'gate', code: 'STW-K001' } as const

export const faultsAtTheGate: readonly Fault<FaultShop>[] = [
  {
    ...gate,
    id: 'wrong-address',
    incident: 'The pipeline asked /health, the app answers at /api/health: found on the day, not before',
    made: 'a health check whose address the running release does not have',
    says: /"reachable".*answered 404/,
    make: shop =>
      shop.configured(good => {
        const checks = good['checks'] as Document
        const { reachable, health } = checks as Record<string, Document>
        const url = '/healthz'
        return {
          ...good,
          checks: { ...checks, reachable: { ...reachable, url }, health: { ...health, url } },
        }
      }),
  },
  {
    ...gate,
    id: 'no-sudo',
    incident: 'The sudo rule for the reload was missing, and the deploy found out after the switch',
    made: 'sudo -n answers that a password is required',
    says: /"reload".*a password is required/,
    make: shop => changed(shop, join(shop.world, 'sudoers'), () => ''),
  },
  {
    ...gate,
    id: 'expired',
    incident: 'The certificate ended on the weekend after the go-live',
    made: 'a certificate with three days left',
    says: /[23] days left/,
    make: async shop => {
      certificate(shop.world, 'short', 3)
      return changed(shop, join(shop.world, 'served.crt'), () => readFileSync(join(shop.world, 'short.crt')))
    },
  },
  {
    ...gate,
    id: 'short-secret',
    incident: 'SECRET_KEY was a word',
    made: 'a secret of nine characters',
    says: /9 characters, expected at least 32/,
    make: shop => settings(shop, old => old.replace(/SECRET_KEY=.*/, 'SECRET_KEY=sommer-26')),
  },
  {
    ...gate,
    id: 'secret-in-git',
    incident: 'Dumps and copies of .env were tracked in git',
    made: 'the value of SECRET_KEY in a tracked file',
    says: /in the repository: notes\.txt/,
    make: async shop => {
      const attempt = await shop.release()
      const [, value = ''] =
        /SECRET_KEY=(.*)/.exec(readFileSync(join(shop.root, 'shared/.env'), 'utf8')) ?? []
      shop.commit({ 'notes.txt': `key: ${value}\n` })
      return { ...attempt, mend: () => shop.git('reset', '-q', '--hard', 'HEAD~1') }
    },
  },
  {
    ...gate,
    id: 'debug-on',
    incident: 'A restored .env had DEBUG=true: documentation and stack traces were public',
    made: 'a forbidden variable is set',
    says: /DEBUG: set, but forbidden/,
    make: shop => settings(shop, old => `${old}DEBUG=true\n`),
  },
  {
    ...gate,
    id: 'wrong-stage',
    incident: 'LTC_ENV was missing: anybody was an administrator by header',
    made: 'APP_ENV says staging',
    says: /APP_ENV is \(hidden\), expected "production"/,
    make: shop => settings(shop, old => old.replace('production', 'staging')),
  },
  {
    ...gate,
    id: 'placeholder',
    incident: 'The script of the deploy still held the placeholder of its template',
    made: 'DATABASE_URL=CHANGEME',
    says: /DATABASE_URL: still a placeholder/,
    make: shop => settings(shop, old => old.replace(/DATABASE_URL=.*/, 'DATABASE_URL=CHANGEME')),
  },
  {
    ...gate,
    id: 'hot-card',
    incident: 'The models did not fit beside what already lay in the memory of the graphics card',
    made: 'nvidia-smi reports 95 % of its memory in use',
    says: /95 % memory/,
    make: async shop => {
      const file = join(shop.world, 'bin/nvidia-smi')
      const attempt = await shop.release()
      writeNvidiaSmi(file, { used: 15557 })
      return { ...attempt, mend: () => writeNvidiaSmi(file) }
    },
  },
  {
    ...gate,
    id: 'no-driver',
    incident: 'A gate without data passed: "no answer" was taken for "no error"',
    made: 'nvidia-smi cannot reach its driver',
    code: 'STW-K002',
    says: /could not tell.*communicate with the NVIDIA driver/,
    make: shop =>
      changed(
        shop,
        join(shop.world, 'bin/nvidia-smi'),
        () =>
          '#!/bin/sh\necho "NVIDIA-SMI has failed because it couldn\'t communicate with the NVIDIA driver."\nexit 9\n',
      ),
  },
  {
    ...gate,
    id: 'clock',
    incident: 'Clocks two minutes apart: tokens were "not yet valid"',
    made: 'date of the host is 120 s ahead',
    says: /ahead/,
    make: async shop => {
      const file = join(shop.world, 'bin/date')
      const attempt = await shop.release()
      const real = quote('/bin/date')
      writeFileSync(
        file,
        `#!/bin/sh\n[ "$1" = '+%s %N' ] && { echo "$(($(${real} +%s) + 120)) 000000000"; exit; }\nexec ${real} "$@"\n`,
        { mode: 0o755 },
      )
      return { ...attempt, mend: () => rmSync(file) }
    },
  },
  {
    ...gate,
    id: 'mojibake',
    incident: 'A text file of the app was rewritten in another encoding: mojibake in every letter',
    made: 'shared/words.txt in Latin-1',
    says: /words\.txt: it is not UTF-8/,
    make: shop => changed(shop, join(shop.root, 'shared/words.txt'), old => Buffer.from(old, 'latin1')),
  },
  {
    ...gate,
    id: 'other-database',
    incident: 'A test run held the credentials of production, and emptied it',
    made: 'the database says that it is the one of staging',
    says: /the value is "staging", expected "production"/,
    make: async shop => {
      const attempt = await shop.release()
      shop.sql("UPDATE about SET stage = 'staging'")
      return { ...attempt, mend: () => shop.sql("UPDATE about SET stage = 'production'") }
    },
  },
  {
    id: 'foreign-file',
    incident: 'A command run as root left a log that the app could not write: login 500',
    made: 'a file of root in shared/data, the app runs as nobody',
    phase: 'publish',
    code: 'STW-R321',
    says: /by-root\.log/,
    root: true,
    make: async shop => {
      const attempt = await shop.configured(good => ({
        ...good,
        release: { ...(good['release'] as Document), user: 'nobody' },
      }))
      const data = join(shop.root, 'shared/data')
      const file = join(data, 'by-root.log')
      execFileSync('chown', ['-R', 'nobody', data])
      writeFileSync(file, '', { mode: 0o644 })
      const away = open(shop.root)
      return {
        ...attempt,
        mend: () =>
          Promise.all([attempt.mend?.(), rmSync(file), execFileSync('chown', ['-R', '0', data]), away()]),
      }
    },
  },
  {
    id: 'no-destination',
    incident: 'The backup before the deploy failed silently, and the migration ran all the same',
    made: 'the destination of backups is a file',
    phase: 'look',
    code: 'STW-B210',
    says: /Destination "disk" refuses/,
    make: async shop => {
      const attempt = await shop.release({}, ['ALTER TABLE calls ADD COLUMN more text'])
      const disk = join(shop.story.directory, 'disk')
      renameSync(disk, `${disk}.kept`)
      writeFileSync(disk, '')
      return {
        ...attempt,
        mend: () => {
          rmSync(disk)
          renameSync(`${disk}.kept`, disk)
        },
      }
    },
  },
]

/** Lets another user come as far as the root of the app. Returns what closes it again. */
function open(root: string): () => void {
  const parents = [join(root, '..'), root]
  const modes = parents.map(path => statSync(path).mode & 0o777)
  for (const path of parents) chmodSync(path, 0o755)
  return () => {
    for (const [index, path] of parents.entries()) chmodSync(path, modes[index] ?? 0o700)
  }
}
