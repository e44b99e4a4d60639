// BLAKE2b with a chosen output length (RFC 7693), for the 32-byte checksum in minisign key files: OpenSSL offers only
// the 64-byte form. Written with BigInt for clarity; it hashes some hundred bytes, so its speed does not matter.
const iv = [
  0x6a09e667f3bcc908n,
  0xbb67ae8584caa73bn,
  0x3c6ef372fe94f82bn,
  0xa54ff53a5f1d36f1n,
  0x510e527fade682d1n,
  0x9b05688c2b3e6c1fn,
  0x1f83d9abfb41bd6bn,
  0x5be0cd19137e2179n,
] as const

const sigma = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
  [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
  [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
  [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
  [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
  [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
  [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
  [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
  [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
] as const

const lanes = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
] as const

/** `length` is 1 to 64 bytes. */
export function blake2b(input: Uint8Array, length: number): Buffer {
  const state = BigUint64Array.from(iv)
  state[0] = at(state, 0) ^ 0x01010000n ^ BigInt(length)
  const blocks = Math.max(1, Math.ceil(input.length / 128))
  for (let index = 0; index < blocks; index += 1) {
    const last = index === blocks - 1
    const block = Buffer.alloc(128)
    block.set(input.subarray(index * 128, index * 128 + 128))
    compress(state, block, last ? input.length : (index + 1) * 128, last)
  }
  const output = Buffer.alloc(64)
  state.forEach((word, index) => {
    output.writeBigUInt64LE(word, index * 8)
  })
  return output.subarray(0, length)
}

function compress(state: BigUint64Array, block: Buffer, counted: number, last: boolean): void {
  const work = BigUint64Array.from([...state, ...iv])
  work[12] = at(work, 12) ^ BigInt(counted)
  if (last) work[14] = ~at(work, 14)
  const message = Array.from({ length: 16 }, (_, index) => block.readBigUInt64LE(index * 8))
  for (let round = 0; round < 12; round += 1) {
    const order = sigma[round % 10] ?? sigma[0]
    lanes.forEach((lane, index) => {
      mix(work, lane, message[order[index * 2] ?? 0] ?? 0n, message[order[index * 2 + 1] ?? 0] ?? 0n)
    })
  }
  for (let index = 0; index < 8; index += 1)
    state[index] = at(state, index) ^ at(work, index) ^ at(work, index + 8)
}

function mix(
  work: BigUint64Array,
  [a, b, c, d]: readonly [number, number, number, number],
  x: bigint,
  y: bigint,
): void {
  work[a] = at(work, a) + at(work, b) + x
  work[d] = rotate(at(work, d) ^ at(work, a), 32n)
  work[c] = at(work, c) + at(work, d)
  work[b] = rotate(at(work, b) ^ at(work, c), 24n)
  work[a] = at(work, a) + at(work, b) + y
  work[d] = rotate(at(work, d) ^ at(work, a), 16n)
  work[c] = at(work, c) + at(work, d)
  work[b] = rotate(at(work, b) ^ at(work, c), 63n)
}

function rotate(word: bigint, bits: bigint): bigint {
  return (word >> bits) | (word << (64n - bits))
}

function at(words: BigUint64Array, index: number): bigint {
  return words[index] ?? 0n
}
