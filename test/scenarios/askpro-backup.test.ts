// The backup half of the source document, line by line, on what it runs on: MariaDB, and a NAS that gives SFTP and nothing else.
// P6 to P10: what is saved and how it is called, how much stays, the drill on another server, and the restore.
import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeAskproRepo } from '../../examples/askpro/variants/repository.ts'
import { type Ended, stellwerk } from '../../scripts/demo/command.ts'
import { endDemo, markFile } from '../../scripts/demo/end.ts'
import { freePorts } from '../../scripts/demo/ports.ts'
import { manifestHash } from '../../src/backup/set.ts'
import { type Mariadb, startMariadb } from '../rigs/mariadb.ts'
import { type Nas, startNas } from '../rigs/nas.ts'

const execute = promisify(execFile)
const token = 'token-of-this-story'
const passwords = { askpro: 'kept in a vault', stw_drill: 'another one' }
const name = 'askproai_db'

let directory: string
let root: string
let url: string
let production: Mariadb
let elsewhere: Mariadb
let nas: Nas

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'askpro-backup-'))
  writeFileSync(join(directory, markFile), '')
  root = join(directory, 'server')
  ;[production, elsewhere, nas] = await Promise.all([startMariadb(), startMariadb(), startNas()])
  await production.sql(`CREATE DATABASE ${name} CHARACTER SET utf8mb4;
    CREATE USER askpro@'%' IDENTIFIED BY '${passwords.askpro}'; GRANT ALL ON *.* TO askpro@'%'`)
  // As the reference of drill.servers asks: this role can make and drop nothing but scratch databases.
  await elsewhere.sql(`CREATE USER stw_drill@'%' IDENTIFIED BY '${passwords.stw_drill}';
    GRANT ALL ON \`stw\\_drill\\_%\`.* TO stw_drill@'%'`)
  await makeRepository()
  const deployed = await command('deploy', 'production', '--ref', 'v1')
  expect(deployed.code, deployed.output).toBe(0)
  for (const caller of ['+49 30 1111', '+49 30 2222']) {
    const body = JSON.stringify({ caller, utterances: ['Ich möchte einen Termin, bitte: „Ä€“'] })
    const answer = await fetch(`${url}/api/calls`, { method: 'POST', body, headers: authorization })
    expect(answer.status).toBe(201)
  }
  writeFileSync(join(root, 'shared/storage/notes.txt'), 'as saved\n')
  writeFileSync(join(root, 'shared/storage/lost.txt'), 'will be lost\n')
})
afterAll(async () => {
  await endDemo(directory)
  await Promise.all([production, elsewhere, nas].map(rig => rig?.[Symbol.asyncDispose]()))
})

const authorization = { Authorization: `Bearer ${token}` }

async function makeRepository(): Promise<void> {
  const [front = 0, first = 0, second = 0] = await freePorts(3)
  url = `http://127.0.0.1:${front}`
  mkdirSync(join(root, 'shared'), { recursive: true })
  const account = `askpro:${encodeURIComponent(passwords.askpro)}`
  const env = [
    `ASKPRO_API_TOKEN=${token}`,
    `ASKPRO_DATABASE_URL=mysql://${account}@127.0.0.1:${production.port}/${name}`,
  ]
  writeFileSync(join(root, 'shared/.env'), `${env.join('\n')}\n`, { mode: 0o600 })
  const override = ['environments', 'production', 'override']
  const backup = [...override, 'backup']
  const main = [...override, 'databases', 'main']
  const secret = (key: string, value: string) => {
    const file = join(directory, 'vault', key)
    mkdirSync(join(directory, 'vault'), { recursive: true, mode: 0o700 })
    writeFileSync(file, value, { mode: 0o600 })
    return { path: [...override, 'secrets', key, 'command'], value: `cat ${file}` }
  }
  const node = `'${process.execPath}'`
  makeAskproRepo(join(directory, 'repository'), {
    environment: 'production',
    root,
    hosts: { api: 'local' },
    listen: `127.0.0.1:${front}`,
    ports: [first, second],
    node: process.execPath,
    settings: [
      // This story is about backups: what builds and gates are for, others tell.
      { path: ['build', 'test'], value: [] },
      // Production is this machine here, so the environment of this machine is another.
      { path: ['environments', 'local', 'hosts', 'local'], value: { address: 'deploy@elsewhere.example' } },
      { path: [...override, 'gates'], value: ['disk'] },
      secret('ASKPRO_API_TOKEN', token),
      secret('DB_PASSWORD', passwords.askpro),
      secret('DRILL_DB_PASSWORD', passwords.stw_drill),
      { path: [...main, 'port'], value: production.port },
      { path: [...main, 'migrate', 'command'], value: `${node} src/migrate.ts` },
      { path: [...main, 'migrate', 'pending'], value: `${node} src/migrate.ts --pending` },
      { path: [...backup, 'drill', 'servers', 'main', 'port'], value: elsewhere.port },
      { path: [...backup, 'drill', 'directory'], value: join(directory, 'drill') },
      { path: ['backup', 'destinations', 'local', 'path'], value: join(directory, 'local') },
      ...Object.entries({
        address: nas.config.address,
        port: nas.port,
        path: `${nas.path}/Server AskProAI`,
        hostKey: nas.hostKey,
        identityFile: nas.identityFile,
      }).map(([key, value]) => ({ path: [...backup, 'destinations', 'nas', key], value })),
    ],
  })
}

function command(...words: readonly string[]): Promise<Ended> {
  return stellwerk(join(directory, 'repository'), [...words, '--lang', 'en'])
}

/** A command that knows no --yes. */
function ask(...words: readonly string[]): Promise<Ended> {
  return stellwerk(join(directory, 'repository'), [...words, '--lang', 'en'], { unasked: true })
}

const atNas = (setClass: string) => join(nas.files, 'Server AskProAI', setClass)
const atLocal = (setClass: string) => join(directory, 'local', setClass)
/** Times of the sets in a directory, oldest first. */
function times(place: string): readonly string[] {
  return readdirSync(place)
    .flatMap(file => /^backup-manifest-(\d{8}_\d{6})\.json$/.exec(file)?.[1] ?? [])
    .toSorted()
}

test('the own tests of askpro are green on MariaDB too', async () => {
  const server = `mysql://askpro:${encodeURIComponent(passwords.askpro)}@127.0.0.1:${production.port}/mysql`
  const tests = spawn('npm', ['test'], {
    cwd: join(import.meta.dirname, '../../examples/askpro'),
    env: { ...process.env, ASKPRO_TEST_DATABASE_URL: server },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [output, [code]] = await Promise.all([text(tests.stdout), once(tests, 'close')])

  expect(code, output).toBe(0)
  expect(await production.sql("SHOW DATABASES LIKE 'askpro\\_test\\_%'")).toBe('')
})

test('P6, P9: the files of a set are called as the document says, and prove themselves without Stellwerk', async () => {
  const ended = await command('backup', 'production', '--class', 'daily')

  expect(ended.code, ended.output).toBe(0)
  for (const place of [atNas('daily'), atNas('pre-deploy'), atLocal('daily'), atLocal('pre-deploy')]) {
    const [time] = times(place)
    const parts = [`backup-app-${time}.tar.gz`, `backup-app-${time}.sums.gz`, `backup-db-${time}.sql.gz`]
    const documents = [
      `backup-${time}.sha256`,
      `backup-manifest-${time}.json`,
      `backup-restore-${time}.md`,
      `backup-verified-${time}.json`,
    ]
    const sums = parts.map(file => `${file}.sha256`)
    expect(readdirSync(place).toSorted()).toEqual([...parts, ...documents, ...sums].toSorted())
    for (const sum of [...sums, `backup-${time}.sha256`])
      execFileSync('sha256sum', ['--check', '--strict', '--quiet', sum], { cwd: place, stdio: 'pipe' })
    for (const part of parts) await execute('gunzip', ['-t', part], { cwd: place })
  }
  const [time] = times(atNas('daily'))
  const files = await execute('tar', ['-tzf', `backup-app-${time}.tar.gz`], { cwd: atNas('daily') })
  for (const file of ['shared/.env', 'shared/storage/notes.txt', 'src/web.ts'])
    expect(files.stdout).toContain(file)
})

test('the restore that the document writes down by hand works on these files', async () => {
  const [time] = times(atNas('daily'))
  const { stdout } = await execute('gunzip', ['-c', `backup-db-${time}.sql.gz`], { cwd: atNas('daily') })

  await elsewhere.sql('CREATE DATABASE askproai_restore_test')
  await elsewhere.sql(stdout, 'askproai_restore_test')

  const count = 'SELECT COUNT(*) FROM calls; SELECT COUNT(*) FROM appointments'
  expect(await elsewhere.sql(count, 'askproai_restore_test')).toBe(await production.sql(count, name))
  await elsewhere.sql('DROP DATABASE askproai_restore_test')
})

test('P8: the newest set of the NAS is drilled on another server, compared and reported, and nothing stays', async () => {
  const databases = await elsewhere.sql('SHOW DATABASES')
  const report = join(directory, 'report')

  const ended = await ask('drill', 'production', '--report', report)

  expect(ended.code, ended.output).toBe(0)
  expect(ended.document).toMatchObject({
    verdict: 'green',
    rto: expect.any(Number),
    rpo: expect.any(Number),
  })
  expect(readFileSync(`${report}.md`, 'utf8')).toMatch(/^\| calls \| 3 \| 3 \| (gleich|equal) \|$/m)
  expect(await elsewhere.sql('SHOW DATABASES')).toBe(databases)
  const newest = times(atNas('daily')).at(-1)
  expect(readdirSync(atNas('daily'))).toContain(`backup-drilled-${newest}.json`)
  const check = await ask('backup', 'check', 'production')
  expect(check.code, check.output).toBe(0)
  expect(check.document).toMatchObject({
    verdict: 'pass',
    headline: { en: expect.stringMatching(/^proven restorable/) },
  })
})

test('a drill whose server is that of production is refused', async () => {
  const file = join(directory, 'repository/stellwerk.yaml')
  const before = readFileSync(file, 'utf8')
  writeFileSync(file, before.replaceAll(`port: ${elsewhere.port}`, `port: ${production.port}`))
  await production.sql(`CREATE USER stw_drill@'%' IDENTIFIED BY '${passwords.stw_drill}';
    GRANT ALL ON \`stw\\_drill\\_%\`.* TO stw_drill@'%'`)

  const ended = await ask('drill', 'production')

  writeFileSync(file, before)
  expect(ended.document?.['verdict'], ended.output).toBe('red')
  expect(ended.output).toContain('STW-B404')
  expect(await production.sql("SHOW DATABASES LIKE 'stw%'")).toBe('')
})

test('P7: seven daily sets stay, ten before deploys, three at home', async () => {
  const [daily = '', before = ''] = [times(atNas('daily')).at(-1), times(atNas('pre-deploy')).at(-1)]
  for (let days = 1; days <= 9; days++) makeOlder(atNas('daily'), daily, days)
  for (let days = 1; days <= 12; days++) makeOlder(atNas('pre-deploy'), before, days)
  for (let days = 1; days <= 2; days++) makeOlder(atLocal('daily'), daily, days)

  const ended = await command('backup', 'production', '--class', 'daily')

  expect(ended.code, ended.output).toBe(0)
  expect(times(atNas('daily'))).toHaveLength(7)
  expect(times(atNas('daily'))).toContain(daily)
  expect(times(atNas('pre-deploy'))).toHaveLength(10)
  expect(times(atNas('pre-deploy')).at(-1)).toBe(before)
  expect([...times(atLocal('daily')), ...times(atLocal('pre-deploy'))]).toHaveLength(3)
  // No file of a removed set is left.
  for (const place of [atNas('daily'), atNas('pre-deploy')]) {
    const left = new Set(readdirSync(place).map(file => /\d{8}_\d{6}/.exec(file)?.[0]))
    expect([...left].toSorted()).toEqual(times(place))
  }
})

/** A set like this one, some days older: its files under another time. */
function makeOlder(place: string, time: string, days: number): void {
  const at =
    Date.parse(time.replace(/^(....)(..)(..)_(..)(..)(..)$/, '$1-$2-$3T$4:$5:$6Z')) - days * 86_400_000
  const older = new Date(at)
    .toISOString()
    .replaceAll(/[-:]|\.\d+Z/g, '')
    .replace('T', '_')
  for (const file of readdirSync(place).filter(one => one.includes(time) && !one.includes('drilled'))) {
    const content = readFileSync(join(place, file))
    const isText = /\.(json|md|sha256)$/.test(file)
    const id = (of: string) => `${of.replace('_', 'T')}Z-0000`
    const changed = isText
      ? content.toString('utf8').replaceAll(time, older).replaceAll(id(time), id(older))
      : content
    writeFileSync(join(place, file.replaceAll(time, older)), changed)
  }
  const proof = join(place, `backup-verified-${older}.json`)
  const manifest = manifestHash(readFileSync(join(place, `backup-manifest-${older}.json`), 'utf8'))
  writeFileSync(proof, JSON.stringify({ ...JSON.parse(readFileSync(proof, 'utf8')), manifest }))
}

test('P10: a full restore brings rows and lost files back, and overwrites neither .env nor storage', async () => {
  appendFileSync(join(root, 'shared/.env'), 'ASKPRO_ENVIRONMENT=changed\n')
  const env = readFileSync(join(root, 'shared/.env'), 'utf8')
  writeFileSync(join(root, 'shared/storage/notes.txt'), 'written since\n')
  rmSync(join(root, 'shared/storage/lost.txt'))
  await production.sql('DELETE FROM jobs; DELETE FROM calls', name)

  const rows = await ask('restore', 'production', 'latest', '--confirm', name)
  const files = await command('restore', 'production', 'latest', '--app')
  const named = await ask(
    'restore',
    'production',
    'latest',
    '--app',
    '--file',
    'shared/.env',
    '--confirm',
    name,
  )

  expect(rows.code, rows.output).toBe(0)
  expect(files.code, files.output).toBe(0)
  const { calls } = (await (await fetch(`${url}/api/calls`)).json()) as { calls: unknown[] }
  expect(calls).toHaveLength(3)
  expect(readFileSync(join(root, 'shared/storage/lost.txt'), 'utf8')).toBe('will be lost\n')
  expect(readFileSync(join(root, 'shared/storage/notes.txt'), 'utf8')).toBe('written since\n')
  expect([named.code, named.problem?.code]).not.toEqual([0, undefined])
  expect(readFileSync(join(root, 'shared/.env'), 'utf8')).toBe(env)
})

test('S22: no password is in what the commands kept or said', async () => {
  const kept = await execute('grep', ['-rlF', passwords.askpro, directory, nas.files])

  // Found where a person keeps it, and nowhere else.
  expect(kept.stdout.trim().split('\n')).toEqual([join(directory, 'vault/DB_PASSWORD')])
})
