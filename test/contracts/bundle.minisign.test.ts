// Debian's minisign and ours accept each other's keys and signatures, in both directions.
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Secret } from '../../src/core/secret.ts'
import { parsePublicKey, sign, verify } from '../../src/release/bundle/minisign.ts'
import { generateKey, readSecretKey } from '../../src/release/bundle/minisign-key.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'minisign-'))
  writeFileSync(join(directory, 'data'), 'the data\n')
})
afterEach(() => {
  rmSync(directory, { recursive: true, force: true })
})

function minisign(args: readonly string[], input = ''): Promise<{ code: number; output: string }> {
  return new Promise(resolve => {
    const child = execFile('minisign', args, { cwd: directory }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, output: stdout + stderr })
    })
    // It may end before it reads, when it needs no password.
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
  })
}

function read(name: string): string {
  return readFileSync(join(directory, name), 'utf8')
}

function value<T>(result: { ok: true; value: T } | { ok: false; error: { code: string } }): T {
  if (!result.ok) throw new Error(result.error.code)
  return result.value
}

const data = Buffer.from('the data\n')

describe('minisign reads ours', () => {
  async function signed(content = data) {
    const pair = await generateKey({})
    const key = value(await readSecretKey(pair.secretKey.reveal()))
    writeFileSync(join(directory, 'k.pub'), pair.publicKey)
    writeFileSync(join(directory, 'data.minisig'), sign(content, key, { trusted: 'shop 1.2.3 ü' }))
    return pair
  }

  it('verifies our signature and shows our trusted comment', async () => {
    await signed()

    const result = await minisign(['-V', '-p', 'k.pub', '-m', 'data'])

    expect(result).toMatchObject({
      code: 0,
      output: expect.stringContaining('Trusted comment: shop 1.2.3 ü'),
    })
  })

  it('refuses ours over other content', async () => {
    await signed(Buffer.from('other'))

    expect((await minisign(['-V', '-p', 'k.pub', '-m', 'data'])).code).not.toBe(0)
  })

  it.each([
    ['without a password', undefined],
    ['with a password', 'correct horse'],
  ])('signs with our key file %s', async (_, password) => {
    const pair = await generateKey({
      ...(password ? { password: new Secret(password), cost: 'interactive' } : {}),
    })
    writeFileSync(join(directory, 'k.key'), pair.secretKey.reveal(), { mode: 0o600 })

    const result = await minisign(['-S', '-s', 'k.key', '-m', 'data'], `${password ?? ''}\n`)

    expect(result.code).toBe(0)
    const key = value(parsePublicKey(pair.publicKey))
    expect(value(verify(data, read('data.minisig'), [key])).keyId).toBe(pair.keyId)
  })
})

describe('we read minisign', () => {
  it.each([
    ['hashed', []],
    ['in the older form', ['-l']],
  ])('verifies a signature %s, and refuses it over other content', async (_, options) => {
    await minisign(['-G', '-W', '-p', 'k.pub', '-s', 'k.key'])
    await minisign(['-S', ...options, '-s', 'k.key', '-m', 'data', '-t', 'a comment'])
    const key = value(parsePublicKey(read('k.pub')))

    expect(verify(data, read('data.minisig'), [key])).toEqual({
      ok: true,
      value: { keyId: key.keyId, trustedComment: 'a comment' },
    })
    expect(verify(Buffer.from('other'), read('data.minisig'), [key])).toMatchObject({
      error: { code: 'STW-R134' },
    })
    expect(verify(data, read('data.minisig').replace('a comment', 'A comment'), [key])).toMatchObject({
      error: { code: 'STW-R134' },
    })
    // minisign leaves out zeros at the front.
    expect(read('k.pub')).toContain(key.keyId.replace(/^0+/, ''))
  })

  it('signs with its open key file', async () => {
    await minisign(['-G', '-W', '-p', 'k.pub', '-s', 'k.key'])

    const key = value(await readSecretKey(read('k.key')))
    writeFileSync(join(directory, 'data.minisig'), sign(data, key, { trusted: 'x' }))

    expect((await minisign(['-V', '-p', 'k.pub', '-m', 'data'])).code).toBe(0)
  })

  it('signs with its locked key file, at its own cost of 1 GiB', async () => {
    await minisign(['-G', '-p', 'k.pub', '-s', 'k.key'], 'pass word\npass word\n')

    const key = value(await readSecretKey(read('k.key'), new Secret('pass word')))
    const wrong = await readSecretKey(read('k.key'), new Secret('password'))
    writeFileSync(join(directory, 'data.minisig'), sign(data, key, { trusted: 'x' }))

    expect((await minisign(['-V', '-p', 'k.pub', '-m', 'data'])).code).toBe(0)
    expect(wrong).toMatchObject({ ok: false, error: { code: 'STW-R131' } })
  })
})
