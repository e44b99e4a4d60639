// Key files as minisign writes them: the secret key is 104 bytes, masked by scrypt of a password, with a BLAKE2b checksum.
import { generateKeyPairSync, type KeyObject, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { text } from '../../core/lang.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { Secret } from '../../core/secret.ts'
import { blake2b } from './blake2b.ts'
import { decode, keyIdOf, type SecretKey, secretKeyFrom } from './minisign.ts'
import { keyUnreadable, wrongPassword } from './minisign-problems.ts'

/** `sensitive` is minisign's own choice: 1 GiB of memory and some seconds. `interactive` takes 16 MiB. */
const costs = {
  sensitive: { operations: 33_554_432n, memory: 1_073_741_824n },
  interactive: { operations: 524_288n, memory: 16_777_216n },
} as const

export interface KeyPair {
  readonly keyId: string
  /** Text of the `.pub` file. */
  readonly publicKey: string
  /** Text of the `.key` file. */
  readonly secretKey: Secret
}

/** Without a password the secret key lies open in its file, as with `minisign -W`; the file must be 0600. */
export async function generateKey(props: {
  readonly password?: Secret
  readonly cost?: keyof typeof costs
}): Promise<KeyPair> {
  const id = randomBytes(8)
  const raw = rawKey(generateKeyPairSync('ed25519').privateKey)
  const keyId = keyIdOf(id)
  const publicLine = Buffer.concat([Buffer.from('Ed'), id, raw.subarray(32)]).toString('base64')
  const secretLine = (
    await (props.password ? locked(id, raw, props.password, props.cost ?? 'sensitive') : open(id, raw))
  ).toString('base64')
  return {
    keyId,
    publicKey: `untrusted comment: minisign public key ${keyId}\n${publicLine}\n`,
    secretKey: new Secret(
      `untrusted comment: minisign ${props.password ? 'encrypted ' : ''}secret key\n${secretLine}\n`,
    ),
  }
}

/** `content` is the text of a `.key` file. */
export async function readSecretKey(content: string, password?: Secret): Promise<Result<SecretKey>> {
  const lines = content.trim().split(/\r?\n/)
  const packet =
    lines.length === 2 && lines[0]?.startsWith('untrusted comment: ') ? decode(lines[1], 158) : undefined
  if (!packet)
    return err(
      keyUnreadable(
        'secret',
        text(
          'it is not a comment and 158 bytes in base64',
          'es sind nicht ein Kommentar und 158 Bytes in base64',
        ),
      ),
    )
  const kdf = packet.toString('latin1', 2, 4)
  if (
    packet.toString('latin1', 0, 2) !== 'Ed' ||
    packet.toString('latin1', 4, 6) !== 'B2' ||
    (kdf !== 'Sc' && kdf !== '\0\0')
  ) {
    return err(keyUnreadable('secret', text('its algorithms are unknown', 'seine Verfahren sind unbekannt')))
  }
  const body = packet.subarray(54)
  if (kdf === '\0\0') return ok(keyFrom(body))
  if (!password) return err(wrongPassword(false))
  const stream = await mask(
    password,
    packet.subarray(6, 38),
    packet.readBigUInt64LE(38),
    packet.readBigUInt64LE(46),
  )
  if (!stream)
    return err(
      keyUnreadable(
        'secret',
        text('it asks for more than 1 GiB of memory', 'er verlangt mehr als 1 GiB Speicher'),
      ),
    )
  const plain = xor(body, stream)
  const checksum = blake2b(Buffer.concat([Buffer.from('Ed'), plain.subarray(0, 72)]), 32)
  return timingSafeEqual(checksum, plain.subarray(72)) ? ok(keyFrom(plain)) : err(wrongPassword(true))
}

function keyFrom(body: Buffer): SecretKey {
  return { keyId: keyIdOf(body.subarray(0, 8)), key: secretKeyFrom(body.subarray(8, 72)) }
}

/** minisign writes no checksum where there is no password to get wrong. */
function open(id: Buffer, raw: Buffer): Buffer {
  return Buffer.concat([Buffer.from('Ed\0\0B2', 'latin1'), Buffer.alloc(48), id, raw, Buffer.alloc(32)])
}

async function locked(id: Buffer, raw: Buffer, password: Secret, cost: keyof typeof costs): Promise<Buffer> {
  const salt = randomBytes(32)
  const limits = Buffer.alloc(16)
  limits.writeBigUInt64LE(costs[cost].operations, 0)
  limits.writeBigUInt64LE(costs[cost].memory, 8)
  const stream = await mask(password, salt, costs[cost].operations, costs[cost].memory)
  if (!stream) throw new Error('unreachable: own limits are within the limit')
  const checksum = blake2b(Buffer.concat([Buffer.from('Ed'), id, raw]), 32)
  return Buffer.concat([
    Buffer.from('EdScB2', 'latin1'),
    salt,
    limits,
    xor(Buffer.concat([id, raw, checksum]), stream),
  ])
}

/** libsodium's crypto_pwhash_scryptsalsa208sha256: from its two limits to scrypt's N, r and p. Undefined beyond 1 GiB. */
async function mask(
  password: Secret,
  salt: Buffer,
  operations: bigint,
  memory: bigint,
): Promise<Buffer | undefined> {
  const r = 8
  const limit = operations < 32_768n ? 32_768n : operations
  const fast = limit < memory / 32n
  const largest = fast ? limit / BigInt(r * 4) : memory / BigInt(r * 128)
  let bits = 1
  while (bits < 63 && 2n ** BigInt(bits) <= largest / 2n) bits += 1
  if (bits > 20) return undefined
  const cost = 2 ** bits
  const rounds = (limit / 4n) >> BigInt(bits)
  const p = fast ? 1 : Math.floor(Number(rounds > 0x3fffffffn ? 0x3fffffffn : rounds) / r)
  if (p < 1 || p > 64) return undefined
  const maxmem = 128 * r * (cost + p) + 1024 * 1024
  return await new Promise((resolve, reject) => {
    scrypt(password.reveal(), salt, 104, { N: cost, r, p, maxmem }, (error, key) =>
      error ? reject(error) : resolve(key),
    )
  })
}

function xor(a: Buffer, b: Buffer): Buffer {
  return Buffer.from(a.map((byte, index) => byte ^ (b[index] ?? 0)))
}

function rawKey(key: KeyObject): Buffer {
  const { d = '', x = '' } = key.export({ format: 'jwk' })
  return Buffer.concat([Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')])
}
