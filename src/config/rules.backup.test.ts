import { describe, expect, it } from 'vitest'
import { document, load, marked } from '../../test/helpers/config-file.ts'

const nas = 'nas: { kind: s3, bucket: b, accessKey: "${A_KEY}", secretKey: "${S_KEY}" }'
const databases =
  'databases: { main: { kind: postgres, database: a }, old: { kind: sqlite, file: a.sqlite }, far: { kind: other } }'
const secrets = 'secrets: { A_KEY: { env: A }, S_KEY: { env: S } }'
const shared = 'release: { shared: { files: [a.sqlite] } }'

/** The words of a file whose backup section has these keys. */
function backup(more: string, others: Parameters<typeof document>[0] = {}): string[] {
  const section = `backup: { destinations: { ${nas} }${more === '' ? '' : `, ${more}`} }`
  return check([databases, section].join('\n'), others)
}

function check(text: string, others: Parameters<typeof document>[0] = {}): string[] {
  const whole = document({ more: [secrets, shared, text].join('\n'), ...others })
  return marked(load(whole, { environment: 'production', env: { A: 'a', S: 's' } }))
}

const onHost = (address: string) =>
  `environments:\n  production: { root: /srv/askpro, hosts: { web1: ${address} } }`

it('a backup section that is good shows nothing, so that each case below shows its own mistake only', () => {
  expect(backup('')).toEqual([])
})

describe('rules of a backup refuse', () => {
  it.each([
    [
      'a role that no host has: files',
      'files: { uploads: { paths: [shared/a], role: files } }',
      ['C029 files'],
    ],
    ['a drill on no host', 'drill: { host: web3 }', ['C020 web3']],
    ['a drill from no destination', 'drill: { from: nass }', ['C020 nass']],
    ['a server for no database', 'drill: { servers: { mian: {} } }', ['C020 mian']],
    ['a server for a file', 'drill: { servers: { old: {} } }', ['C102 old']],
    ['a question to no database', 'drill: { queries: { mian: [] } }', ['C020 mian']],
    ['a question to what is not saved', 'drill: { queries: { far: [] } }', ['C102 far']],
    ['a ping of no time', 'ping: { dialy: { ok: "https://a.example/" } }', ['C020 dialy']],
    ['a ping that is no URL of the web', 'ping: { drill: { ok: "file:///etc" } }', ['C014 "file:///etc"']],
    ['names of gzip for zstd, and of SQL for an archive', 'naming: dated', ['C101 main', 'C101 backup']],
    ['no schedule', 'schedule: { daily: daily at two }', ['C014 daily at two']],
    ['nothing that is a schedule', 'schedule: { daily: "0 2 * *" }', ['C014 "0 2 * *"']],
  ])('%s', (_, more, expected) => {
    expect(backup(more)).toEqual(expected)
  })

  it.each([
    [
      'a role that no host has: database',
      `databases: { main: { kind: mysql, database: a, role: db } }\nbackup: { destinations: { ${nas} } }`,
      ['C029 db'],
    ],
    [
      'a destination on no host',
      `${databases}\nbackup: { destinations: { here: { kind: directory, path: /b, host: web9 }, ${nas} } }`,
      ['C020 web9'],
    ],
    [
      'a server that nobody can sign in to',
      `${databases}\nbackup: { destinations: { s: { kind: sftp, address: a@b, path: x, hostKey: ssh-ed25519 AAAA } } }`,
      ['C017 { kind: sftp, address: a@b, path: x, hostKey: ssh-ed25519 AAAA }'],
    ],
    [
      'nothing to save',
      `databases: { far: { kind: other } }\nbackup: { destinations: { ${nas} } }`,
      ['C100 backup'],
    ],
    ['nothing to save at all', `backup: { destinations: { ${nas} } }`, ['C100 backup']],
  ])('%s', (_, text, expected) => {
    expect(check(text)).toEqual(expected)
  })

  it('nothing twice: a database of no kind is wrong by itself', () => {
    expect(check(`databases: { main: { kind: postgers } }\nbackup: { destinations: { ${nas} } }`)).toEqual([
      'C011 main',
      'C013 postgers',
    ])
  })

  it('allow dated names for gzip and SQL', () => {
    const text = `databases: { main: { kind: postgres, database: a, dump: { format: plain } } }\nbackup: { naming: dated, compression: gzip, destinations: { ${nas} } }`

    expect(check(text)).toEqual([])
  })
})

describe('doubts about a backup', () => {
  it.each([
    ['a class that nothing makes', 'keep: { dayly: 7 }', ['C103 dayly']],
    [
      'a class of a store that nothing makes',
      'files: { a: { paths: [shared/a], classes: [daily, weekly] } }',
      ['C103 weekly'],
    ],
    ['a class of its own', 'keep: { weekly: 7, nas: 3 }, schedule: { weekly: "monday 02:00" }', []],
    ['a drill is no class', 'keep: { drill: 1 }, schedule: { drill: hourly }', ['C103 drill']],
    ['cron with two kinds of days', 'schedule: { daily: "0 3 1-7 * 0" }', ['C104 "0 3 1-7 * 0"']],
    ['no key for a drill', `encrypt: { recipients: [age1${'q'.repeat(58)}] }`, ['C105 encrypt']],
    ['a key in clear', `encrypt: { recipients: [age1${'q'.repeat(58)}], identity: AGE }`, ['C108 ***']],
    ['a ping of the drill', 'ping: { drill: { ok: "https://a.example/" } }', []],
  ])('%s', (_, more, expected) => {
    expect(backup(more)).toEqual(expected)
  })

  it('a class of one destination that nothing makes', () => {
    const text = `${databases}\nbackup: { destinations: { ${nas.replace(' }', ', keep: { nas: 1 } }')} } }`

    expect(check(text)).toEqual(['C103 nas'])
  })

  it.each([
    [
      'a directory of a host',
      'kind: directory, path: /b, host: web1',
      '{ address: a }',
      ['C107 destinations'],
    ],
    ['a directory of this machine, which is no host', 'kind: directory, path: /b', '{ address: a }', []],
    [
      'a directory of this machine, which is a host',
      'kind: directory, path: /b',
      'local',
      ['C107 destinations'],
    ],
    ['a share', 'kind: directory, path: /mnt/nas/b', 'local', []],
    [
      'SFTP on a host',
      'kind: sftp, address: x@A, path: b, hostKey: ssh-ed25519 AAAA, identityFile: k',
      '{ address: me@a }',
      ['C107 destinations'],
    ],
    [
      'rsync elsewhere',
      'kind: rsync, address: x@b, path: b, hostKey: ssh-ed25519 AAAA',
      '{ address: me@a }',
      [],
    ],
  ])('off site: %s', (_, destination, host, expected) => {
    const text = `${databases}\nbackup: { destinations: { one: { ${destination} } } }`

    expect(check(text, { environments: onHost(host) })).toEqual(expected)
  })

  it('a migration without a backup, unless nothing could be saved', () => {
    const migrate = 'migrate: { command: x }'

    expect(check(`databases: { main: { kind: postgres, database: a, ${migrate} } }`)).toEqual([
      'C106 migrate',
    ])
    expect(check(`databases: { main: { kind: other, ${migrate} } }`)).toEqual([])
    expect(check('databases: { main: { kind: postgres, database: a } }')).toEqual([])
  })

  it.each([
    ['a.sqlite', []],
    ['b.sqlite', ['C109 b.sqlite']],
    ['storage/db/x.sqlite', []],
    ['storage2/x.sqlite', ['C109 storage2/x.sqlite']],
    ['/var/lib/x.sqlite', []],
    ['/srv/askpro/shared/storage/x.sqlite', []],
    ['/srv/askpro/current/x.sqlite', ['C109 /srv/askpro/current/x.sqlite']],
  ])('the file of SQLite %s', (file, expected) => {
    const more = `release: { shared: { directories: [./storage/], files: [a.sqlite] } }\ndatabases: { main: { kind: sqlite, file: ${file} } }`

    expect(marked(load(document({ more }), { environment: 'production' }))).toEqual(expected)
  })
})

describe('a password in the file', () => {
  const text = (entry: string) => document({ more: `databases: { main: { ${entry} } }` })
  const entry = 'kind: postgres, database: a'

  it('is a doubt, wherever it stands', () => {
    const drill = 'drill: { servers: { main: { password: hunter2 } } }'

    expect(marked(load(text(`${entry}, password: hunter2`)))).toEqual(['C108 *******'])
    expect(marked(load(text(`${entry}, admin: { password: "hunter2" }`)))).toEqual(['C108 *********'])
    expect(backup(drill)).toEqual(['C108 *******'])
    expect(marked(load(text(`${entry}, migrate: { command: x, env: { DB_PASSWORD: hunter2 } }`)))).toContain(
      'C108 *******',
    )
  })

  it('is one as well when a variable brings it', () => {
    const result = load(text(`${entry}, password: "\${PGPW}"`), { env: { PGPW: 'hunter2' } })

    expect(marked(result)).toEqual(['C108 "${PGPW}"'])
  })

  it.each([
    ['a problem beside it', `${entry}, password: hunter2, prot: 5432`],
    ['a value of another type', `${entry}, password: 70077007`],
    ['a default', `${entry}, password: "\${PW:-hunter2}", prot: 1`],
    ['a list', `${entry}, password: [hunter2], prot: 1`],
    ['a secret that is no mapping', `${entry} }, x: { DB_PASSWORD: hunter2`],
    ['a file that cannot be read', `${entry}, password: hunter2, : ]`],
    ['an open quote', `${entry}, password: "hunter2`],
  ])('is not shown: %s', (_, more) => {
    const result = load(text(more))

    expect(result.ok).toBe(false)
    expect(JSON.stringify(result)).not.toMatch(/hunter2|70077007/)
  })

  it('is not shown where a secret should be declared', () => {
    const result = load(document({ more: 'secrets: { DB_PASSWORD: hunter2 }' }))

    expect(marked(result)).toEqual(['C012 *******'])
    expect(JSON.stringify(result)).not.toContain('hunter2')
  })

  it('hides no reference, and nothing else on the line', () => {
    const result = load(text(`${entry}, password: "\${DB_PASSWORD}", prot: 5432`))

    expect(excerpts(result)).toContain('password: "${DB_PASSWORD}", prot: 5432')
  })
})

function excerpts(result: ReturnType<typeof load>): string {
  return result.ok ? '' : result.error.map(({ excerpt }) => excerpt.text).join('\n')
}
