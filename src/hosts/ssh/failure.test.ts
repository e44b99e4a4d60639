import { describe, expect, it } from 'vitest'
import { classifySshFailure, provesNoSession } from './failure.ts'

// What OpenSSH 8.4 to 9.9 print.
const changed = `@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
Host key for web1 has changed and you have requested strict checking.
Host key verification failed.`
const open = `@         WARNING: UNPROTECTED PRIVATE KEY FILE!          @
Permissions 0644 for '/k' are too open.
Load key "/k": bad permissions
deploy@web1: Permission denied (publickey).`

const samples: [code: string, stderr: string, proof: boolean][] = [
  ['STW-H002', changed, true],
  [
    'STW-H003',
    'No ED25519 host key is known for web1 and you have requested strict checking.\r\nHost key verification failed.',
    true,
  ],
  ['STW-H003', 'Host key verification failed.\r\n', true],
  ['STW-H004', open, true],
  [
    'STW-H004',
    'Warning: Identity file /k not accessible: No such file or directory.\nd@w: Permission denied (publickey).',
    true,
  ],
  ['STW-H005', 'deploy@web1: Permission denied (publickey,password).', true],
  ['STW-H005', 'Received disconnect from 10.0.0.1 port 22:2: Too many authentication failures', false],
  ['STW-H006', 'ssh: Could not resolve hostname web1: Name or service not known', true],
  ['STW-H007', 'ssh: connect to host web1 port 22: Connection refused', true],
  ['STW-H008', 'ssh: connect to host web1 port 22: Connection timed out', true],
  ['STW-H008', 'Connection timed out during banner exchange', true],
  ['STW-H008', 'Timeout, server web1 not responding.', false],
  ['STW-H009', 'ssh: connect to host web1 port 22: No route to host', true],
  [
    'STW-H010',
    '/c: line 1: Bad configuration option: nosuch\n/c: terminating, 1 bad configuration options',
    false,
  ],
  ['STW-H010', 'Bad owner or permissions on /home/x/.ssh/config', false],
  ['STW-H010', "Can't open user config file /nope: No such file or directory", false],
  ['STW-H011', 'channel 0: open failed: connect failed: No such host\nstdio forwarding failed', false],
  [
    'STW-H012',
    'kex_exchange_identification: read: Connection reset by peer\nConnection reset by 10.0.0.1 port 22',
    true,
  ],
  [
    'STW-H012',
    'Unable to negotiate with 10.0.0.1 port 22: no matching host key type found. Their offer: ssh-dss',
    false,
  ],
  ['STW-H012', 'Connection closed by 10.0.0.1 port 22', false],
  ['STW-H001', 'something new', false],
  ['STW-H001', '', false],
]

describe('classifySshFailure', () => {
  it.each(samples)('%s: %s', (code, stderr, proof) => {
    const problem = classifySshFailure(stderr, { name: 'web1' })

    expect(problem.code).toBe(code)
    expect(problem.where).toEqual({ host: 'web1' })
    expect(problem.what.en).not.toBe(problem.what.de)
    expect(problem.next?.length).toBeGreaterThan(0)
    expect(provesNoSession(stderr)).toBe(proof)
  })

  it('shows commands that can be pasted, for the address that ssh really uses', () => {
    const target = {
      name: 'web1',
      address: 'deploy@web',
      hostname: '10.0.0.1',
      port: 2222,
      sshConfig: '/a b/c',
    }

    const unknown = classifySshFailure('Host key verification failed.', target)
    const denied = classifySshFailure('Permission denied (publickey).', target)

    expect(unknown.next?.map(line => line.en)).toEqual([
      'ssh-keyscan -p 2222 10.0.0.1 | ssh-keygen -lf -',
      expect.stringContaining('ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub'),
      'ssh-keyscan -p 2222 10.0.0.1 >> ~/.ssh/known_hosts',
    ])
    expect(denied.next?.map(line => line.en)).toEqual([
      'ssh-add -l',
      'ssh-add ~/.ssh/id_ed25519',
      "ssh -v -F '/a b/c' -p 2222 deploy@web true",
    ])
  })

  it('does not take the words of a login shell for those of ssh', () => {
    expect(provesNoSession('bash: /root/.bashrc: Permission denied')).toBe(false)
    expect(provesNoSession('Connection to web1 closed by remote host.')).toBe(false)
  })
})
