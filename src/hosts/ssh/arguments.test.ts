import { describe, expect, it } from 'vitest'
import {
  type Connection,
  controlArguments,
  forwardArguments,
  masterArguments,
  resolveArguments,
  sessionArguments,
} from './arguments.ts'

const connection: Connection = {
  config: {
    address: 'deploy@web1',
    port: 2222,
    identityFile: '/keys/id',
    jump: 'gate',
    sshConfig: '/etc/sw/ssh',
  },
  controlPath: '/run/sw/100%/a1',
  connectTimeoutMs: 2500,
  hostKeys: 'yes',
}

describe('ssh arguments', () => {
  it.each([
    ['master', masterArguments(connection)],
    ['session', sessionArguments(connection)],
    ['control', controlArguments(connection, 'exit')],
    ['forward', forwardArguments(connection, 4000, '127.0.0.1', 80)],
  ])('of a %s never ask, never trust, and name the host after --', (_, args) => {
    const [options, rest] = [args.slice(0, args.indexOf('--')), args.slice(args.indexOf('--') + 1)]

    expect(rest[0]).toBe('deploy@web1')
    expect(options).toEqual(
      expect.arrayContaining(['BatchMode=yes', 'StrictHostKeyChecking=yes', 'ConnectTimeout=3']),
    )
    expect(options.join(' ')).toContain('-F /etc/sw/ssh -p 2222 -i /keys/id -J gate -S /run/sw/100%%/a1')
  })

  it('keep a connection that lost its network for fifteen seconds, and one that lost its program for ten', () => {
    const text = masterArguments(connection).join(' ')

    expect(text).toContain('ServerAliveInterval=5 -o ServerAliveCountMax=3')
    expect(text).toContain('ControlPersist=10')
  })

  it('send one fixed command', () => {
    const args = sessionArguments(connection)

    expect(args.slice(args.indexOf('--') + 2)).toEqual([
      expect.stringMatching(/^exec sh -c '[^']*' stellwerk$/),
    ])
  })

  it('write IPv6 addresses as ssh wants them', () => {
    const six = { ...connection, config: { address: 'deploy@[2001:db8::1]' } }

    expect(sessionArguments(six)).toContain('deploy@2001:db8::1')
    expect(resolveArguments(six.config)).toEqual(['-G', '--', 'deploy@2001:db8::1'])
    expect(forwardArguments(six, 4000, '::1', 80)).toContain('127.0.0.1:4000:[::1]:80')
  })

  it('ask about a jump host in the same configuration, with none of the host’s own options', () => {
    expect(resolveArguments(connection.config, 'gate')).toEqual(['-G', '-F', '/etc/sw/ssh', '--', 'gate'])
  })
})
