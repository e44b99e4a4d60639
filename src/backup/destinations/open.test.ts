import { describe, expect, it } from 'vitest'
import { type DestinationConfig, destination } from '../../config/schema/destination.ts'
import { makeLocalHost } from '../../hosts/local.ts'
import { openDestination, wantsMount } from './open.ts'

const hostKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGVYIjM8PJXOU7kPBYMQ1WTGQMPLSLuTrkGQLJ8gWmYc'
const remote = { address: 'backup@nas.example', path: '/volume1/backup', hostKey }
const bucket = { kind: 's3', bucket: 'b', accessKey: '${KEY}', secretKey: '${SECRET}' }

async function open(config: object, secrets: Record<string, string> = {}) {
  const deps = {
    here: makeLocalHost({ name: 'here' }),
    hosts: new Map([['web1', makeLocalHost({ name: 'web1' })]]),
    secret: (name: string) => secrets[name],
    home: '/home/me',
  }
  const opened = await openDestination('nas', destination.parse(config) as DestinationConfig, deps)
  await opened.close()
  return opened.title
}

describe('openDestination', () => {
  it.each([
    [{ kind: 'directory', path: '/backup' }, 'here:/backup'],
    [{ kind: 'directory', path: '/backup', host: 'web1' }, 'web1:/backup'],
    [{ kind: 'sftp', ...remote, identityFile: '~/key' }, 'sftp://backup@nas.example:22/volume1/backup'],
    [{ kind: 'rsync', ...remote, path: 'nas' }, 'rsync://backup@nas.example:22/nas'],
    [{ ...bucket, endpoint: 'https://s3.example.org', prefix: 'p/' }, 's3://b/p (s3.example.org)'],
  ])('makes %j and connects nothing', async (config, title) => {
    expect(await open(config, { KEY: 'k', SECRET: 's' })).toBe(title)
  })

  it('names the secret that has no value', async () => {
    await expect(open(bucket, { KEY: 'k' })).rejects.toMatchObject({
      problem: { code: 'STW-B251', what: { en: expect.stringContaining('"SECRET"') } },
    })
    await expect(open({ kind: 'sftp', ...remote, password: '${NAS_PASSWORD}' })).rejects.toMatchObject({
      problem: { code: 'STW-B251' },
    })
  })

  it('names the host that is not there', async () => {
    await expect(open({ kind: 'directory', path: '/backup', host: 'web2' })).rejects.toMatchObject({
      problem: { code: 'STW-B250', what: { en: expect.stringContaining('"web2"') } },
    })
  })
})

describe('a mount of its own', () => {
  it.each([
    ['/mnt/nas', undefined, true],
    ['/mnt/nas/backup', undefined, true],
    ['//media/disk', undefined, true],
    ['/net/nas', undefined, true],
    ['/mnt/nas', false, false],
    ['/var/backups', undefined, false],
    ['/mntx', undefined, false],
    ['/srv/mnt/nas', undefined, false],
    ['/backup', true, true],
  ] as const)('%s, mounted: %s: %s', (path, mounted, wanted) => {
    expect(wantsMount({ path, mounted })).toBe(wanted)
  })

  it('is asked of the host', async () => {
    const host = makeLocalHost({ name: 'here' })
    const deps = { here: host, hosts: new Map(), secret: () => undefined, home: '/home/me' }
    const config = destination.parse({ kind: 'directory', path: '/mnt/stellwerk-no-such-mount/backup' })
    const there = await openDestination('nas', config, deps)
    await expect(there.list('')).rejects.toMatchObject({ problem: { code: 'STW-B213' } })
  })
})
