// Everything that a story about the service book needs on this machine: nginx and a mail server, a root with its settings, a Git
// repository whose environment `local` is that root.
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { makeRepository, type Setting } from '../../variants.ts'
import { freePort, type MailServer, type Site, startMail, startSite } from '../scripts/servers.ts'
import { serviceheft } from './variants.ts'

export interface ServiceheftStory extends AsyncDisposable {
  readonly repository: string
  /** Of the app, on this machine; `shared/.env` is there. */
  readonly root: string
  readonly site: Site
  readonly mail: MailServer
  /** For the command: the secrets that stellwerk.yaml takes from the environment, and Node 24 first in the PATH. */
  readonly env: Readonly<Record<string, string>>
}

interface Options {
  readonly settings?: readonly Setting[]
  /** Lines of shared/.env that differ. */
  readonly variables?: Readonly<Record<string, string>>
  /** Configuration of nginx that differs. */
  readonly template?: string
}

/** `directory` must exist; what a deploy starts below it is for the caller to end. The tests of the app are left out of the build: a
 *  story has no time for them. */
export async function openServiceheft(directory: string, options: Options = {}): Promise<ServiceheftStory> {
  const [root, repository] = [join(directory, 'server'), join(directory, 'repository')]
  for (const name of ['data', 'storage'])
    mkdirSync(join(root, 'shared', name), { recursive: true, mode: 0o750 })
  const [first, second] = [await freePort(), await freePort()]
  await using started = new AsyncDisposableStack()
  const mail = started.use(await startMail())
  const site = started.use(await startSite(join(root, 'current'), first, options.template, directory))
  const token = randomBytes(32).toString('hex')
  const variables = {
    LTC_ENV: 'prod',
    LTC_SECRET_KEY: randomBytes(32).toString('hex'),
    LTC_WORKERS: '4',
    LTC_MAILER_MODE: 'smtp',
    LTC_SMTP_URL: mail.url,
    LTC_ADMIN_EMAILS: 'chefin@serviceheft.example,probe-admin@serviceheft.example',
    LTC_PROBE_EMAILS: 'probe@serviceheft.example,probe-admin@serviceheft.example',
    LTC_PROBE_TOKEN: token,
    ...options.variables,
  }
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`)
  writeFileSync(join(root, 'shared/.env'), lines.join(''), { mode: 0o600 })
  // Of an installation that is there already: its backup before the first deploy must hold its tables.
  const files = {
    LTC_DB_PATH: join(root, 'shared/data/app.db'),
    LTC_DOCUMENTS_DB_PATH: join(root, 'shared/data/documents.sqlite'),
  }
  const migrate = [join(serviceheft.directory, 'src/migrate.ts'), 'up']
  execFileSync(process.execPath, migrate, { env: { ...variables, ...files }, stdio: 'ignore' })
  const local = ['environments', 'local']
  makeRepository(serviceheft, repository, [
    { path: [...local, 'root'], value: root },
    { path: ['services', 'api', 'ports'], value: [first, second] },
    { path: ['router', 'include'], value: site.upstream },
    { path: ['router', 'test'], value: site.test },
    { path: ['router', 'reload'], value: site.reload },
    { path: ['router', 'listen'], value: `127.0.0.1:${site.port}` },
    { path: ['build', 'test'], value: ['npm prune --omit=dev --no-audit --no-fund'] },
    { path: ['checks', 'proxy-log-without-people', 'file'], value: site.accessLog },
    { path: ['checks', 'proxy-errors', 'file'], value: site.accessLog },
    { path: ['notify', 'channels', 'mail', 'port'], value: Number(new URL(mail.url).port) },
    {
      path: [...local, 'override', 'backup', 'destinations', 'local', 'path'],
      value: join(directory, 'backups'),
    },
    ...(options.settings ?? []),
  ])
  const servers = started.move()
  return {
    repository,
    root,
    site,
    mail,
    env: {
      LTC_PROBE_TOKEN: token,
      PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
    },
    [Symbol.asyncDispose]: () => servers.disposeAsync(),
  }
}
