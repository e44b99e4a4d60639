import { describe, expect, it } from 'vitest'
import { parseServiceFacts } from '../facts.ts'

const id = 'c'.repeat(64)
const line = (fields: readonly string[]) =>
  parseServiceFacts(`service.web.engine docker\nservice.web.container ${fields.join('|')}\n`).composes[0]
    ?.containers

describe('what an engine says about a container', () => {
  it('is read from docker and from podman, whose times differ', () => {
    const since = Date.UTC(2026, 10, 21, 14, 24, 31)
    const docker = [
      'False',
      'running',
      'healthy',
      'sha256:ab',
      'r1',
      '0',
      '2',
      '2026-11-21T14:24:31.412216648Z',
      id,
    ]
    expect(line(docker)).toEqual([
      {
        id,
        state: 'running',
        health: 'healthy',
        image: 'sha256:ab',
        release: 'r1',
        exitCode: 0,
        restarts: 2,
        since,
      },
    ])
    const podman = ['', 'running', '', 'ab', '', '0', '0', '2026-11-21 15:24:31.412216648 +0100 CET', id]
    expect(line(podman)).toEqual([
      { id, state: 'running', image: 'sha256:ab', exitCode: 0, restarts: 0, since },
    ])
  })

  it('leaves out what ran once, and what it cannot read', () => {
    expect(line(['True', 'exited', '', 'sha256:ab', 'r1', '0', '0', '', id])).toEqual([])
    expect(line(['False', 'running'])).toEqual([])
  })

  it('is no knowledge without an engine', () => {
    expect(parseServiceFacts('service.web.said Cannot connect\n').composes).toEqual([
      { service: 'web', said: 'Cannot connect', containers: [] },
    ])
  })
})
