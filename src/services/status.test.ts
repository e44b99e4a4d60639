import { describe, expect, it } from 'vitest'
import { type Service, service as schema } from '../config/schema/service.ts'
import { parseServiceFacts } from './facts.ts'
import { logsScript } from './logs.ts'
import { statusRows } from './status.ts'

const services: Record<string, Service> = {
  app: schema.parse({ kind: 'command', start: 'a', stop: 'b', status: 'c' }),
  unit: schema.parse({ kind: 'systemd', command: 'x' }),
  web: schema.parse({ kind: 'process', command: 'x', ports: [1, 2] }),
}
const rows = (answer: string) => statusRows(services, { roles: [] }, parseServiceFacts(answer))

describe('what the host says, as rows', () => {
  it('one row for each place', () => {
    const answer = `noise
service.web.slot0.state stopped
service.web.slot0.release r1
service.web.slot0.exit 1700000000 yes 143 r1
service.web.slot1.state running
service.web.slot1.supervised yes
service.web.slot1.pid 42
service.web.slot1.port 2
service.web.slot1.release r2
service.web.slot1.since 1700000001
service.web.slot1.restarts 3
service.web.slot1.exit 1700000000 no 137 r2
service.unit.unit shop.service
service.unit.systemd.LoadState loaded
service.unit.systemd.ActiveState failed
service.unit.systemd.NRestarts 6
service.unit.systemd.MainPID 0
service.app.status 0
services.complete yes
`
    expect(rows(answer)).toEqual([
      { service: 'app', kind: 'command', state: 'running', restarts: 0 },
      { service: 'unit', kind: 'systemd', unit: 'shop.service', state: 'crashed', restarts: 6 },
      {
        service: 'web',
        kind: 'process',
        slot: 1,
        state: 'running',
        supervised: true,
        pid: 42,
        port: 2,
        release: 'r2',
        since: 1_700_000_001_000,
        restarts: 3,
        lastExit: { code: 137, signal: 'KILL', at: 1_700_000_000_000, release: 'r2', asked: false },
      },
    ])
  })

  it('the slot of another release that went down with the machine is past, of the same release it is not', () => {
    const answer = (release: string) => `service.web.slot0.state crashed
service.web.slot0.release ${release}
service.web.slot1.state running
service.web.slot1.release r2
services.complete yes
`
    const slots = (release: string) => rows(answer(release)).flatMap(row => row.slot ?? [])
    expect(slots('r1')).toEqual([1])
    expect(slots('r2')).toEqual([0, 1])
    expect(rows('service.web.slot0.state crashed\nservices.complete yes')[2]).toMatchObject({
      state: 'crashed',
    })
  })

  it('without an answer everything is unknown, with an empty one nothing was started', () => {
    expect(rows('').map(row => row.state)).toEqual(['unknown', 'unknown', 'unknown'])
    expect(rows('services.complete yes').map(row => row.state)).toEqual(['unknown', 'never', 'never'])
    expect(rows('service.web.slot0.state weird\nservices.complete yes')[2]?.state).toBe('unknown')
  })

  it.each([
    ['0', 'running'],
    ['1', 'stopped'],
    ['124', 'unknown'],
    ['127', 'unknown'],
    ['137', 'unknown'],
  ])('a status command that ends with %s means %s', (code, state) => {
    expect(parseServiceFacts(`service.app.status ${code}`).commands).toEqual([{ service: 'app', state }])
  })

  it('systemd without an answer is unknown', () => {
    expect(rows('service.unit.unit shop.service\nservices.complete yes')[1]?.state).toBe('unknown')
  })
})

describe('logsScript', () => {
  const place = { app: 'shop', environment: 'live', root: "/srv/it's" }

  it('names the place, quoted; own commands have no log that we know', () => {
    expect(logsScript('web', services['web']!, place, { follow: true, lines: 9 })).toContain(
      `cd '/srv/it'\\''s/.stellwerk/services/web'`,
    )
    expect(logsScript('unit', services['unit']!, place, { follow: true, lines: 9 })).toBe(
      'exec journalctl --unit shop-live-unit.service -n 9 --no-pager -o short-iso --follow\n',
    )
    expect(logsScript('app', services['app']!, place, { follow: false, lines: 9 })).toBeUndefined()
  })
})
