import { inspect } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { Secret } from '../../core/secret.ts'
import { type PublicKey, parsePublicKey, type SecretKey, sign, verify } from './minisign.ts'
import { generateKey, type KeyPair, readSecretKey } from './minisign-key.ts'

const content = Buffer.from('the content')

let pair: KeyPair
let secret: SecretKey
let known: PublicKey
let signature: string
beforeAll(async () => {
  pair = await generateKey({})
  secret = value(await readSecretKey(pair.secretKey.reveal()))
  known = value(parsePublicKey(pair.publicKey))
  signature = sign(content, secret, { trusted: 'shop 1.2.3' })
})

function value<T>(result: { ok: true; value: T } | { ok: false; error: unknown }): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error))
  return result.value
}

function code(result: { ok: true } | { ok: false; error: { code: string } }): string {
  return result.ok ? 'ok' : result.error.code
}

describe('a signature', () => {
  it('is accepted from a trusted key over the same content', () => {
    expect(value(verify(content, signature, [known]))).toEqual({
      keyId: pair.keyId,
      trustedComment: 'shop 1.2.3',
    })
  })

  it('is the same each time, so that a signed bundle is too', () => {
    expect(sign(content, secret, { trusted: 'shop 1.2.3' })).toBe(signature)
  })

  it.each([
    ['other content', () => verify(Buffer.from('the contenT'), signature, [known]), 'STW-R134'],
    [
      'a changed trusted comment',
      () => verify(content, signature.replace('shop 1.2.3', 'shop 9.9.9'), [known]),
      'STW-R134',
    ],
    ['no trusted key', () => verify(content, signature, []), 'STW-R133'],
    [
      'one line less',
      () => verify(content, signature.split('\n').slice(0, 3).join('\n'), [known]),
      'STW-R132',
    ],
    ['one line more', () => verify(content, `${signature}more\n`, [known]), 'STW-R132'],
    ['an unknown algorithm', () => verify(content, swapAlgorithm(signature, 'XX'), [known]), 'STW-R132'],
    [
      'the algorithm changed to the older one',
      () => verify(content, swapAlgorithm(signature, 'Ed'), [known]),
      'STW-R134',
    ],
    ['garbage', () => verify(content, 'garbage', [known]), 'STW-R132'],
  ])('is refused with %s', (_, act, expected) => {
    expect(code(act())).toBe(expected)
  })

  it('is refused from another key, also when that key claims the same id', async () => {
    const other = await generateKey({})
    const impostor = { ...value(await readSecretKey(other.secretKey.reveal())), keyId: pair.keyId }

    expect(code(verify(content, signature, [value(parsePublicKey(other.publicKey))]))).toBe('STW-R133')
    expect(code(verify(content, sign(content, impostor, { trusted: '' }), [known]))).toBe('STW-R134')
  })

  it('has comments of one line', () => {
    expect(() => sign(content, secret, { trusted: 'a\ntrusted comment: b' })).toThrow('one line')
  })
})

describe('a key', () => {
  it('is read from its line alone', () => {
    expect(code(parsePublicKey(pair.publicKey.split('\n')[1] ?? ''))).toBe('ok')
  })

  it.each(['', 'RWQ', 'untrusted comment: x', `${'A'.repeat(56)}`])('is refused as %j', text => {
    expect(code(parsePublicKey(text))).toBe('STW-R130')
  })

  it('opens with its password only', async () => {
    const locked = await generateKey({ password: new Secret('correct'), cost: 'interactive' })

    const text = locked.secretKey.reveal()

    expect(code(await readSecretKey(text, new Secret('correct')))).toBe('ok')
    expect(code(await readSecretKey(text, new Secret('wrong')))).toBe('STW-R131')
    expect(code(await readSecretKey(text))).toBe('STW-R131')
  })

  it('that asks for absurd memory is refused at once', async () => {
    const locked = await generateKey({ password: new Secret('p'), cost: 'interactive' })
    const [comment, line = ''] = locked.secretKey.reveal().split('\n')
    const packet = Buffer.from(line, 'base64')
    packet.writeBigUInt64LE(1n << 50n, 38)
    packet.writeBigUInt64LE(1n << 50n, 46)

    expect(code(await readSecretKey(`${comment}\n${packet.toString('base64')}\n`, new Secret('p')))).toBe(
      'STW-R130',
    )
  })

  it('prints nothing of itself', () => {
    const raw = Buffer.from(pair.secretKey.reveal().split('\n')[1] ?? '', 'base64').subarray(62, 94)

    const printed = inspect({ secret, pair }, { depth: 9 }) + JSON.stringify({ secret, pair })

    expect(printed).not.toContain(raw.toString('base64url').slice(0, 20))
    expect(printed).toContain('[secret]')
  })
})

function swapAlgorithm(text: string, algorithm: string): string {
  const lines = text.split('\n')
  const packet = Buffer.from(lines[1] ?? '', 'base64')
  packet.write(algorithm, 0, 'latin1')
  lines[1] = packet.toString('base64')
  return lines.join('\n')
}
