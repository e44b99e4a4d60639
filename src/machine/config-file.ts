// stellwerk.yaml on this machine: found here or above, read with its secrets.
import { isUtf8 } from 'node:buffer'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import type { LoadedConfig, Wiring } from '../cli/wiring.ts'
import type { Config } from '../config/config.ts'
import { systemClock } from '../core/clock.ts'
import { text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { err, ok, type Result } from '../core/result.ts'
import { redactor, Secret } from '../core/secret.ts'
import { quote } from '../core/shell.ts'
import type { Host } from '../engine/host.ts'

export async function validate(file: string | undefined) {
  const source = await readConfig(file)
  if (!source.ok) return source
  const { validateConfig } = await import('../config/load.ts')
  return ok({ file: source.value.file, validation: validateConfig(inputOf(source.value)) })
}

export async function load(
  options: Parameters<Wiring['load']>[0],
  here: Host,
): Promise<Result<LoadedConfig, readonly Problem[]>> {
  const source = await readConfig(options.file)
  if (!source.ok) return err([source.error])
  const { loadConfig } = await import('../config/load.ts')
  const { file, content } = source.value
  const loaded = loadConfig({
    ...inputOf(source.value),
    ...(options.environment === undefined ? {} : { environment: options.environment }),
    ...(options.secrets === undefined ? {} : { secrets: options.secrets }),
  })
  if (!loaded.ok) return loaded
  if (options.secrets === 'names') return ok({ ...loaded.value, source: content, file })
  const { config, silent } = await withCommandSecrets(loaded.value.config, here)
  if (silent.length > 0 && options.secrets !== 'told') return err(silent)
  const { warnings, unresolved } = loaded.value
  return ok({ config, warnings, unresolved: [...unresolved, ...silent], source: content, file })
}

interface Source {
  readonly path: string
  readonly file: string
  readonly content: string
}

async function readConfig(file: string | undefined): Promise<Result<Source>> {
  const path = file === undefined ? findConfig(process.cwd()) : resolve(file)
  const bytes = path === undefined ? undefined : await readFile(path).catch(() => undefined)
  if (path === undefined || bytes === undefined) return err(noConfig(file))
  const shown = relative(process.cwd(), path) || path
  return isUtf8(bytes)
    ? ok({ path, content: bytes.toString('utf8'), file: shown })
    : err(notText(shown, bytes))
}

// Replaced silently, a wrong byte would make another name or path.
function notText(file: string, bytes: Buffer): Problem {
  const lines = bytes.toString('latin1').split('\n')
  const line = lines.findIndex(latin => !isUtf8(Buffer.from(latin, 'latin1')))
  const column = Buffer.from(lines[line] ?? '', 'latin1')
    .toString('utf8')
    .indexOf('\ufffd')
  return {
    code: 'STW-C009',
    what: text(`"${file}" is not UTF-8`, `„${file}“ ist nicht UTF-8`),
    where: { file, line: line + 1, column: column + 1 },
    next: [text('Save it as UTF-8', 'Als UTF-8 speichern')],
  }
}

function inputOf({ path, file, content }: Source) {
  return {
    file,
    text: content,
    directory: dirname(path),
    env: process.env,
    readFile: readSecretFile,
    now: systemClock.now(),
  }
}

function findConfig(from: string): string | undefined {
  for (let directory = from; ; directory = dirname(directory)) {
    const path = join(directory, 'stellwerk.yaml')
    if (existsSync(path)) return path
    if (directory === dirname(directory)) return undefined
  }
}

function noConfig(file: string | undefined) {
  const name = file ?? 'stellwerk.yaml'
  return {
    code: 'STW-C000',
    what:
      file === undefined
        ? text('There is no stellwerk.yaml here or above', 'Hier und darüber gibt es keine stellwerk.yaml')
        : text(`"${name}" cannot be read`, `„${name}“ ist nicht lesbar`),
    next: [text('stellwerk init', 'stellwerk init')],
  }
}

function readSecretFile(path: string): Result<{ text: string; mode: number }> {
  try {
    return ok({ text: readFileSync(path, 'utf8'), mode: statSync(path).mode & 0o777 })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return err({
      code: 'STW-U005',
      what: text(`"${path}" cannot be read`, `„${path}“ ist nicht lesbar`),
      why: text(reason, reason),
    })
  }
}

// A password manager's command is asked once, when a command that may need it starts.
async function withCommandSecrets(
  config: Config,
  here: Host,
): Promise<{ readonly config: Config; readonly silent: readonly Problem[] }> {
  const secrets = new Map(config.secrets)
  const silent: Problem[] = []
  for (const [name, command] of config.secretCommands) {
    const answer = await here.run(`cd ${quote(config.directory)}\n${command}\n`, { timeout: 60_000 })
    const value = answer.stdout.replace(/\r?\n$/, '')
    if (answer.ending.kind === 'exit' && answer.ending.code === 0 && value !== '') {
      secrets.set(name, new Secret(value))
      continue
    }
    // It may have read another secret on its way.
    const last = redactor(secrets.values())(answer.stderr.trim().split('\n').at(-1) ?? '')
    silent.push({
      code: 'STW-C095',
      what: text(
        `The command of the secret ${name} gave no value`,
        `Der Befehl des Geheimnisses ${name} lieferte keinen Wert`,
      ),
      ...(last === '' ? {} : { why: text(last, last) }),
      next: [text(command, command)],
    })
  }
  return { config: { ...config, secrets }, silent }
}
