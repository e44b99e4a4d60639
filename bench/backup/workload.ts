// What is saved: a PostgreSQL database of three kinds of rows and a directory of small files. The same bytes every time.
import { createCipheriv } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Postgres } from '../../test/rigs/postgres.ts'
import { execute } from '../deploy/program.ts'

export interface Size {
  /** 100 000 accounts, about 15 MB, each. */
  readonly pgbenchScale: number
  /** Of text that compresses, and of bytes that do not. */
  readonly wideMB: number
  readonly bytesMB: number
  readonly files: number
}

export const full: Size = { pgbenchScale: 40, wideMB: 200, bytesMB: 200, files: 50_000 }
export const quick: Size = { pgbenchScale: 6, wideMB: 30, bytesMB: 30, files: 5000 }

export const database = 'bench'
const fileBytes = 10_000

export async function makeDatabase(server: Postgres, { pgbenchScale, wideMB, bytesMB }: Size): Promise<void> {
  await server.sql(`CREATE DATABASE ${database}`)
  const where = ['-h', server.socket, '-p', String(server.port), '-U', 'postgres']
  await execute('pgbench', ['-i', '-q', '-s', String(pgbenchScale), ...where, database])
  // md5 of a number is as good as random, and the same on every machine.
  await server.sql(
    `CREATE TABLE wide (id int PRIMARY KEY, body text);
     INSERT INTO wide SELECT n, repeat('A line of a protocol that somebody wrote: ' || md5(n::text) || E'\\n', 140)
       FROM generate_series(1, ${wideMB * 100}) n;
     CREATE TABLE blobs (id int PRIMARY KEY, body bytea);
     INSERT INTO blobs SELECT n, decode(string_agg(md5(n || '.' || k), ''), 'hex')
       FROM generate_series(1, ${bytesMB * 10}) n, generate_series(1, 6250) k GROUP BY n;
     CHECKPOINT`,
    database,
  )
}

/** Between two runs: what a day changes in 1 % of the accounts and of the files. */
export async function changeSome(
  server: Postgres,
  directory: string,
  size: Size,
  round: number,
): Promise<void> {
  await server.sql(
    `UPDATE pgbench_accounts SET abalance = abalance + ${round} WHERE aid % 100 = ${round % 100}`,
    database,
  )
  for (let index = round % 100; index < size.files; index += 100) writeOne(directory, index, round)
}

export function makeFiles(directory: string, { files }: Size): void {
  for (let index = 0; index < files; index++) writeOne(directory, index, 0)
}

function writeOne(directory: string, index: number, round: number): void {
  const folder = join(directory, String(Math.floor(index / 500)))
  if (index % 500 === 0) mkdirSync(folder, { recursive: true })
  const key = Buffer.alloc(32)
  key.writeUInt32LE(index)
  key.writeUInt32LE(round, 4)
  const bytes = createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(fileBytes / 2))
  // Half of it is redundant, as in documents.
  writeFileSync(
    join(folder, `file-${index}`),
    Buffer.concat([bytes, Buffer.alloc(fileBytes / 2, 'a line\n')]),
  )
}
