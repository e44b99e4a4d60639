// The composition root: the only file that builds real adapters. wire.ts, the process, loads it once `--version` and
// `--help` have had their chance.
import { randomBytes } from 'node:crypto'
import { readdir, readFile, rm } from 'node:fs/promises'
import { homedir, hostname, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Fleet, Wiring } from './cli/wiring.ts'
import type { Config, HostConfig } from './config/config.ts'
import { systemClock } from './core/clock.ts'
import { text } from './core/lang.ts'
import { required } from './core/required.ts'
import { err } from './core/result.ts'
import { redactor, Secret } from './core/secret.ts'
import type { Host } from './engine/host.ts'
import { makeLocalHost } from './hosts/local.ts'
import { makeSshHost } from './hosts/ssh.ts'
import { load, validate } from './machine/config-file.ts'
import { bootId, isGone, personName } from './machine/identity.ts'
import { knownManifest, rememberManifest } from './machine/manifests.ts'
import { recall, remember } from './machine/memory.ts'
import { hideFromGit, keepBeside, writeNew } from './machine/new-file.ts'
import { routerFile } from './machine/router-file.ts'

/** `root`: directory of the package, where the built router lies. */
export function makeWiring(props: { readonly root: string; readonly version: string }): Wiring {
  const state = process.env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state')
  const manifests = join(state, 'stellwerk', 'manifests')
  const here = makeLocalHost({ name: 'here' })
  return {
    version: props.version,
    clock: systemClock,
    cwd: process.cwd(),
    env: process.env,
    self: { by: personName(), machine: hostname(), pid: process.pid, ...bootId() },
    random: randomBytes,
    isGone,
    readFile: path => readFile(resolve(path), 'utf8').catch(() => undefined),
    writeFile: writeNew,
    keepBeside,
    recall: name => recall(join(state, 'stellwerk'), name),
    remember: (name, content) => remember(join(state, 'stellwerk'), name, content),
    program: [process.execPath, join(props.root, 'bin', 'stellwerk.js')],
    listFiles: async directory =>
      (await readdir(directory, { recursive: true }).catch(() => [])).filter(
        path => !path.includes('node_modules/'),
      ),
    validate,
    loadAny: async file => {
      const found = await validate(file)
      if (!found.ok) return err([found.error])
      const [environment] = found.value.validation.environments
      return load({ file, environment, secrets: 'names' }, here)
    },
    load: options => load(options, here),
    connect,
    openDestination: async (config, name, fleet) => {
      const { openDestination } = await import('./backup/destinations/open.ts')
      return openDestination(
        name,
        required(new Map(Object.entries(config.backup?.destinations ?? {})), name),
        {
          here,
          hosts: fleet.hosts,
          secret: secret => config.secrets.get(secret)?.reveal(),
          home: homedir(),
        },
      )
    },
    here,
    buildBundle: async (config, options) => {
      const { buildBundle } = await import('./release/bundle/build.ts')
      if (config.build === undefined) return err(noBuild())
      await hideFromGit(join(config.directory, '.stellwerk'))
      const password = process.env['STELLWERK_KEY_PASSWORD']
      return buildBundle({
        config: { app: config.app, build: withShared(config, config.build) },
        directory: config.directory,
        ...(options.ref === undefined ? {} : { ref: options.ref }),
        dirty: options.dirty,
        outDirectory: join(config.directory, '.stellwerk', 'bundles'),
        temporaryDirectory: tmpdir(),
        now: systemClock.now(),
        clock: systemClock,
        here,
        emit: options.emit,
        signal: options.signal,
        secret: name => config.secrets.get(name)?.reveal(),
        redact: redactor(config.secrets.values()),
        ...(password ? { password: new Secret(password) } : {}),
      })
    },
    // All of it is read and hashed here: what is wrong in it is found before any host is asked.
    openBundle: async (path, trust) =>
      (await import('./release/bundle/open.ts')).verifyBundle(resolve(path), { trust }),
    knownManifest: digest => knownManifest(manifests, digest),
    rememberManifest: (digest, content) => rememberManifest(manifests, digest, content),
    routerFile: () => routerFile(props.root),
    spoolDirectory: tmpdir(),
  }
}

async function connect(config: Config): Promise<Fleet> {
  // Short: the path of a control socket may have about a hundred bytes.
  const controlDirectory = join(tmpdir(), `stw-${process.pid}-${randomBytes(3).toString('hex')}`)
  const hosts = new Map(config.hosts.map(host => [host.name, hostFor(host, controlDirectory)]))
  return {
    hosts,
    close: async () => {
      await Promise.all([...hosts.values()].map(host => host.close()))
      await rm(controlDirectory, { recursive: true, force: true })
    },
  }
}

function hostFor(config: HostConfig, controlDirectory: string): Host {
  if (config.address === undefined) return makeLocalHost({ name: config.name })
  return makeSshHost({ config, controlDirectory })
}

// Shared paths live on the host; a bundle that brought its own would hide them.
function withShared(config: Config, build: NonNullable<Config['build']>): NonNullable<Config['build']> {
  const { directories, files } = config.release.shared
  return {
    ...build,
    exclude: [...build.exclude, ...directories, ...directories.map(path => `${path}/**`), ...files],
  }
}

function noBuild() {
  return {
    code: 'STW-C096',
    what: text(
      'There is no build section, so there is nothing to deploy',
      'Es gibt keinen Abschnitt build, also nichts zum Ausrollen',
    ),
    next: [
      text('stellwerk explain build', 'stellwerk explain build'),
      text('Or give a bundle: --bundle <file>', 'Oder ein Bundle angeben: --bundle <datei>'),
    ],
  }
}
