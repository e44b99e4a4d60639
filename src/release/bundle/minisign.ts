// Signatures in the minisign format: Ed25519 over BLAKE2b-512 of the content ("ED"), and a second signature over the
// first and the trusted comment. Debian's minisign verifies ours and we verify its.
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign as signRaw,
  verify as verifyRaw,
} from 'node:crypto'
import { text } from '../../core/lang.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { keyUnreadable, signatureUnreadable, signatureWrong, untrustedKey } from './minisign-problems.ts'

export interface PublicKey {
  /** Sixteen hex digits, as minisign prints it. */
  readonly keyId: string
  readonly key: KeyObject
}

/** Holds the key inside a KeyObject, which prints nothing of itself. */
export interface SecretKey {
  readonly keyId: string
  readonly key: KeyObject
}

export interface Signature {
  readonly keyId: string
  readonly trustedComment: string
}

const untrustedPrefix = 'untrusted comment: '
const trustedPrefix = 'trusted comment: '

/** Accepts the text of a `.pub` file or its base64 line alone. */
export function parsePublicKey(input: string): Result<PublicKey> {
  const lines = input.trim().split(/\r?\n/)
  const line =
    lines.length === 2 && lines[0]?.startsWith(untrustedPrefix)
      ? lines[1]
      : lines.length === 1
        ? lines[0]
        : undefined
  const raw = decode(line, 42)
  if (!raw)
    return err(
      keyUnreadable('public', text('it is not 42 bytes in base64', 'es sind keine 42 Bytes in base64')),
    )
  if (raw.toString('latin1', 0, 2) !== 'Ed')
    return err(keyUnreadable('public', text('its algorithm is unknown', 'sein Verfahren ist unbekannt')))
  return ok({ keyId: keyIdOf(raw.subarray(2, 10)), key: publicKeyFrom(raw.subarray(10)) })
}

/** The text of a `.minisig` file. Comments are one line each. */
export function sign(
  content: Uint8Array,
  key: SecretKey,
  comments: { readonly trusted: string; readonly untrusted?: string },
): string {
  const untrusted = comments.untrusted ?? 'signature from stellwerk'
  for (const comment of [comments.trusted, untrusted]) {
    if (/[\r\n]/.test(comment)) throw new Error('a comment of a signature is one line')
  }
  const signature = signRaw(null, blake2b512(content), key.key)
  const overall = signRaw(null, Buffer.concat([signature, Buffer.from(comments.trusted)]), key.key)
  const packet = Buffer.concat([Buffer.from('ED'), idBytes(key.keyId), signature])
  return [
    `${untrustedPrefix}${untrusted}`,
    packet.toString('base64'),
    `${trustedPrefix}${comments.trusted}`,
    overall.toString('base64'),
    '',
  ].join('\n')
}

/** True knowledge only when one of `keys` made the signature over exactly this content and comment. Signatures of
 *  minisign before 0.8 ("Ed", over the content itself) are accepted too. */
export function verify(
  content: Uint8Array,
  signatureText: string,
  keys: readonly PublicKey[],
): Result<Signature> {
  const parsed = parse(signatureText)
  if (!parsed.ok) return parsed
  const { keyId, prehashed, signature, trustedComment, overall } = parsed.value
  const key = keys.find(each => each.keyId === keyId)
  if (!key)
    return err(
      untrustedKey(
        keyId,
        keys.map(each => each.keyId),
      ),
    )
  if (!verifyRaw(null, prehashed ? blake2b512(content) : content, key.key, signature)) {
    return err(signatureWrong(keyId, 'content'))
  }
  if (!verifyRaw(null, Buffer.concat([signature, Buffer.from(trustedComment)]), key.key, overall)) {
    return err(signatureWrong(keyId, 'comment'))
  }
  return ok({ keyId, trustedComment })
}

/** What a signature says about itself; proves nothing. */
export function readSignature(signatureText: string): Result<Signature> {
  const parsed = parse(signatureText)
  return parsed.ok ? ok({ keyId: parsed.value.keyId, trustedComment: parsed.value.trustedComment }) : parsed
}

interface Parsed extends Signature {
  readonly prehashed: boolean
  readonly signature: Buffer
  readonly overall: Buffer
}

function parse(signatureText: string): Result<Parsed> {
  const [untrusted, first, comment, second, ...rest] = signatureText.replace(/\r?\n$/, '').split(/\r?\n/)
  if (!untrusted?.startsWith(untrustedPrefix) || !comment?.startsWith(trustedPrefix) || rest.length > 0) {
    return err(
      signatureUnreadable(
        text(
          'it needs two comments and two lines of base64',
          'sie braucht zwei Kommentare und zwei Zeilen base64',
        ),
      ),
    )
  }
  const packet = decode(first, 74)
  const overall = decode(second, 64)
  if (!packet || !overall)
    return err(
      signatureUnreadable(
        text('a line is not base64 of the right length', 'eine Zeile ist kein base64 der richtigen Länge'),
      ),
    )
  const algorithm = packet.toString('latin1', 0, 2)
  if (algorithm !== 'ED' && algorithm !== 'Ed') {
    return err(signatureUnreadable(text('its algorithm is unknown', 'ihr Verfahren ist unbekannt')))
  }
  return ok({
    keyId: keyIdOf(packet.subarray(2, 10)),
    prehashed: algorithm === 'ED',
    signature: packet.subarray(10),
    trustedComment: comment.slice(trustedPrefix.length),
    overall,
  })
}

/** Strict base64 of exactly `length` bytes; Node's own decoder skips over what it does not know. */
export function decode(line: string | undefined, length: number): Buffer | undefined {
  if (line === undefined) return undefined
  const bytes = Buffer.from(line, 'base64')
  return bytes.length === length && bytes.toString('base64') === line ? bytes : undefined
}

/** minisign reads the eight bytes as a little-endian number. */
export function keyIdOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).reverse().toString('hex').toUpperCase()
}

function idBytes(keyId: string): Buffer {
  return Buffer.from(keyId, 'hex').reverse()
}

function publicKeyFrom(raw: Uint8Array): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: url(raw) }, format: 'jwk' })
}

/** `raw` is libsodium's form: 32 bytes of seed, then the 32 bytes of the public key. */
export function secretKeyFrom(raw: Uint8Array): KeyObject {
  return createPrivateKey({
    key: { kty: 'OKP', crv: 'Ed25519', d: url(raw.subarray(0, 32)), x: url(raw.subarray(32)) },
    format: 'jwk',
  })
}

function url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}

function blake2b512(content: Uint8Array): Buffer {
  return createHash('blake2b512').update(content).digest()
}
