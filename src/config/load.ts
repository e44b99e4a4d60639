// The only reader of stellwerk.yaml: text in, a Config or all problems at once out. Pure but for the ports given to it;
// never throws, whatever the text holds.
import { closest } from '../core/closest.ts'
import { text } from '../core/lang.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Config } from './config.ts'
import { makeDraft, names } from './draft.ts'
import { check } from './issues.ts'
import { locate, merge } from './locate.ts'
import { isMapping, type Path, valueAt } from './path.ts'
import { type ConfigProblem, elsewhere, type Finding, faults, finding, isAt, places } from './problems.ts'
import { type Effective, makeConfig, makeEffective, variablesOf } from './resolve.ts'
import { checkNeighbours } from './rules/directories.ts'
import { undecided, unknownEnvironments } from './rules/people.ts'
import { expiredWaivers, tooLongWaivers } from './rules/waivers.ts'
import { brokenRules, warnings } from './rules.ts'
import { type ParsedConfig, rootSchema } from './schema/root.ts'
import { readSecrets, type SecretPorts, secretNames } from './secrets.ts'
import { readSource, type Source, treeAt } from './source.ts'
import { substitution } from './substitute.ts'
import { hasReference } from './variables.ts'
import { type MapString, transform } from './walk.ts'

export interface DocumentInput {
  /** Name of the file as problems show it. */
  readonly file: string
  readonly text: string
  /** The environment of the process, for ${VAR}. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Against which waivers are held; without it no day is too late. */
  readonly now?: Date
}

export interface LoadInput extends DocumentInput, SecretPorts {
  /** May be absent when the file has only one. */
  readonly environment?: string
  /** names: no value is read, for what only shows $NAME. told: one without a value stops nothing and stands among `unresolved`. */
  readonly secrets?: 'names' | 'told'
}

/** Warnings stop nothing, and must reach the person all the same. */
export interface Loaded {
  readonly config: Config
  readonly warnings: readonly ConfigProblem[]
  /** Secrets that have no value; always empty unless they are only told. */
  readonly unresolved: readonly ConfigProblem[]
}

export interface Parsed {
  readonly config: ParsedConfig
  readonly warnings: readonly ConfigProblem[]
}

/** Environments: each one is compared with every other. */
const most = 100

const unset = faults.unset('', '', undefined).code

/** What all environments of a file have in common. */
interface Reading {
  readonly source: Source
  readonly document: Readonly<Record<string, unknown>> | undefined
  readonly problems: readonly ConfigProblem[]
  /** Each environment as it sees itself, made once. */
  readonly effective: (name: string) => Effective
}

function read(input: DocumentInput): Reading {
  const source = readSource(input.file, input.text)
  const whole = documentOf(source)
  const tooMany = names(whole, 'environments').length > most ? [tooManyEnvironments()] : []
  const document = tooMany.length > 0 ? undefined : whole
  const made = new Map<string, Effective>()
  return {
    source,
    document,
    problems: merge(documentProblems(source, whole), locate(source, tooMany)),
    effective: name => {
      const effective = made.get(name) ?? makeEffective(document ?? {}, name, input.env)
      made.set(name, effective)
      return effective
    },
  }
}

/** The config of one environment. Problems are sorted by their place in the file. */
export function loadConfig(input: LoadInput): Result<Loaded, readonly ConfigProblem[]> {
  return loadOne(read(input), input)
}

function loadOne(reading: Reading, input: LoadInput): Result<Loaded, readonly ConfigProblem[]> {
  const { source, document, problems } = reading
  if (document === undefined) return err(problems)
  // Without environments there is nothing to choose; that they are missing is said already.
  if (problems.length > 0 && names(document, 'environments').length === 0) return err(problems)
  const name = chooseEnvironment(document, input.environment)
  if (typeof name !== 'string') return err(merge(problems, locate(source, [name])))
  const effective = reading.effective(name)
  const parsed = rootSchema.safeParse(effective.value)
  const sources = parsed.success ? parsed.data.secrets : {}
  const secrets = input.secrets === 'names' ? secretNames(sources) : readSecrets(sources, input)
  const findings = [
    ...effective.findings,
    ...brokenRules(effective.draft),
    ...(input.now ? tooLongWaivers(effective.draft, input.now) : []),
    ...unknownEnvironments(effective.draft, names(document, 'environments')),
    ...(input.secrets === 'told' ? [] : secrets.findings),
  ]
  const neighbours = neighbourFindings(reading, document, effective)
  const all = merge(problems, locate(source, findings, effective.override), locate(source, neighbours))
  if (all.length > 0 || !parsed.success) return err(all)
  const config = makeConfig(parsed.data, name, {
    directory: input.directory,
    secrets: secrets.values,
    secretCommands: secrets.commands,
    secretFiles: secrets.files,
    undecided: locate(source, undecided(effective.draft), effective.override),
  })
  const doubts = [
    ...warnings(effective.draft),
    ...(input.now ? expiredWaivers(effective.draft, input.now) : []),
  ]
  return ok({
    config,
    warnings: locate(source, doubts, effective.override),
    unresolved: input.secrets === 'told' ? locate(source, secrets.findings, effective.override) : [],
  })
}

/** The part that no environment changes: for building and for looking. Variables that are not set stay references where
 *  any text will do; elsewhere they are problems. Secrets are not read. */
export function parseConfig(input: DocumentInput): Result<Parsed, readonly ConfigProblem[]> {
  const { source, document, problems } = read(input)
  if (document === undefined) return err(problems)
  const open: Finding[] = []
  const value = transform(rootSchema, document, leniently(document, input.env, open))
  const draft = makeDraft(value)
  const refused = check(rootSchema, value)
  const taken = places(refused)
  const needed = open.filter(item => item.fault.code !== unset || isAt(item, taken))
  const all = merge(problems, locate(source, [...elsewhere(refused, open), ...needed, ...brokenRules(draft)]))
  const parsed = rootSchema.safeParse(value)
  if (all.length > 0 || !parsed.success) return err(all)
  return ok({ config: parsed.data, warnings: locate(source, warnings(draft)) })
}

export interface Validation {
  readonly environments: readonly string[]
  readonly problems: readonly ConfigProblem[]
  readonly warnings: readonly ConfigProblem[]
}

/** The whole file as every one of its environments sees it. */
export function validateConfig(input: Omit<LoadInput, 'environment'>): Validation {
  const reading = read(input)
  const environments = names(reading.document, 'environments')
  if (environments.length === 0) return { environments, problems: reading.problems, warnings: [] }
  const results = environments.map(environment => loadOne(reading, { ...input, environment }))
  return {
    environments,
    problems: merge(...results.map(result => (result.ok ? [] : result.error))),
    warnings: merge(...results.map(result => (result.ok ? result.value.warnings : []))),
  }
}

/** The data without `x-` notes; undefined when there is none to look at. */
function documentOf(source: Source): Readonly<Record<string, unknown>> | undefined {
  const value = source.fatal ? undefined : transform(rootSchema, source.tree.value, text => text)
  return isMapping(value) ? value : undefined
}

/** What is wrong with the text and with each section by itself, whatever the environment. */
function documentProblems(source: Source, document: unknown): ConfigProblem[] {
  if (source.fatal) return locate(source, source.findings)
  const findings = check(rootSchema, document ?? source.tree.value).filter(item => !isUnset(item, document))
  return locate(source, [...source.findings, ...findings])
}

/** Whether a problem is about text whose references are not replaced yet. */
function isUnset({ place }: Finding, document: unknown): boolean {
  const value = 'path' in place ? valueAt(document, place.path) : undefined
  return typeof value === 'string' && hasReference(value)
}

/** Each environment's part sees its own variables, the rest only those of the process. */
function leniently(document: unknown, env: DocumentInput['env'], findings: Finding[]): MapString {
  const secrets = new Set(names(document, 'secrets'))
  return (text, path, shell) => {
    const environment = path[0] === 'environments' && typeof path[1] === 'string' ? path[1] : undefined
    const variables = environment === undefined ? {} : variablesOf(document, environment)
    return substitution({ environment, secrets, document: variables, process: env }, findings)(
      text,
      path,
      shell,
    )
  }
}

function tooManyEnvironments(): Finding {
  const must = text(`may have at most ${most} entries`, `darf höchstens ${most} Einträge haben`)
  return finding(faults.condition('environments', must), { path: ['environments'], on: 'key' })
}

function chooseEnvironment(document: unknown, wanted: string | undefined): string | Finding {
  const known = names(document, 'environments')
  const path: Path = ['environments']
  if (wanted === undefined) {
    const [only, ...more] = known
    if (only !== undefined && more.length === 0) return only
    return finding(faults.chooseEnvironment(known), { path, on: 'key' })
  }
  if (known.includes(wanted)) return wanted
  return finding(faults.noEnvironment(wanted, closest(wanted, known), known), { path, on: 'key' })
}

/** Conflicts with the other environments, each reported at the one that stands later in the file. */
function neighbourFindings(
  { source, effective }: Reading,
  document: Readonly<Record<string, unknown>>,
  mine: Effective,
): Finding[] {
  const known = names(document, 'environments')
  const overridden = (path: Path) => treeAt(source.tree, path) !== undefined
  const own = known.indexOf(mine.name)
  const findings: Finding[] = []
  for (const [index, name] of known.entries()) {
    // The rest appears when these are mended; every environment may meet every other in every port.
    if (name === mine.name || findings.length >= 100) continue
    const other = effective(name)
    const [first, second] = own > index ? [other, mine] : [mine, other]
    findings.push(...checkNeighbours(first.draft, second.draft, overridden))
  }
  return findings
}
