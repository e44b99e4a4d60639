// Reads from hosts what they made: the facts of each part, and its bytes.
import { PassThrough, type Readable, Writable } from 'node:stream'
import { text } from '../core/lang.ts'
import { type Problem, ProblemError } from '../core/problem.ts'
import { quote } from '../core/shell.ts'
import { type DatabaseFacts, type DumpFormat, parseFacts } from '../databases/facts.ts'
import { databaseProblem } from '../databases/problems.ts'
import type { Host } from '../engine/host.ts'
import type { Report } from '../engine/step.ts'
import type { Source } from './destination.ts'
import { parseFileFacts } from './files.ts'
import { filesProblem } from './files-problem.ts'
import type { Part } from './set.ts'
import { failedMark } from './spool.ts'

/** A part as the plan foresees it. */
export interface PlannedPart {
  readonly store: string
  readonly kind: Part['kind']
  readonly format?: DumpFormat
  readonly host: string
  /** Its directory on the host, for the marks of the set. */
  readonly spool: string
  /** Path there without packing endings: facts lie in `<out>.facts`, size and hash in `<out>.part`. */
  readonly out: string
  /** The packed file there. */
  readonly path: string
  /** Its name at the destination. */
  readonly file: string
  readonly compression: Part['compression']
  readonly encrypted: boolean
  /** The list of sums of a store of files: as `out`, `path` and `file`. */
  readonly sums?: Pick<PlannedPart, 'out' | 'path' | 'file'>
}

/** `skipped`: the set turned out not to be needed on this host. `failed`: the store could not be saved. */
export type Spooled =
  | { readonly kind: 'skipped' }
  | { readonly kind: 'failed'; readonly problem: Problem }
  | { readonly kind: 'whole'; readonly part: Part }

/** Throws ProblemError when the host cannot be asked, or when what lies there is not whole. */
export async function readPart(host: Host, planned: PlannedPart, signal: AbortSignal): Promise<Spooled> {
  const { out, spool, sums } = planned
  const marker = '----- facts'
  const sumsMarker = '----- sums'
  const content = await readAll(
    host,
    `if [ -e ${quote(`${spool}/skip`)} ]; then echo skip; exit 0; fi
if [ -s ${quote(failedMark(out))} ]; then echo failed; exec cat ${quote(failedMark(out))}; fi
cat ${quote(`${out}.part`)} && echo ${quote(marker)} && cat ${quote(`${out}.facts`)}${
      sums ? ` && echo ${quote(sumsMarker)} && cat ${quote(`${sums.out}.part`)}` : ''
    }`,
    signal,
  )
  if (content === 'skip\n') return { kind: 'skipped' }
  const [first, key = '', ...args] = content.trimEnd().split('\n')
  if (first === 'failed') {
    const of = planned.kind === 'files' ? 'files' : 'db'
    return { kind: 'failed', problem: storeProblem({ key, args }, { ...planned, of }) }
  }
  const at = content.indexOf(`${marker}\n`)
  const ends = sums ? content.indexOf(`${sumsMarker}\n`) : content.length
  const values = valuesOf(content.slice(0, Math.max(at, 0)))
  const common = {
    store: planned.store,
    ...sizeOf(planned.file, values),
    compression: planned.compression,
    encrypted: planned.encrypted,
    host: planned.host,
    ms: Number(values.get('seconds')) * 1000,
  }
  const rest = content.slice(at + marker.length + 1, ends)
  const listed = valuesOf(content.slice(ends))
  const whole = at >= 0 && ends > at && isWhole(values) && (!sums || isWhole(listed))
  const part = whole ? partOf(planned, common, rest, sums && sizeOf(sums.file, listed)) : undefined
  if (!part) throw new ProblemError(notWhole(planned))
  return { kind: 'whole', part }
}

/** Why a store could not be saved, in the words of its kind. */
export function storeProblem(
  report: Report,
  about: { readonly store: string; readonly host: string; readonly of: 'db' | 'files' },
): Problem {
  return about.of === 'files' ? filesProblem(report, about) : databaseProblem(report, about)
}

/** Lines of a `.part` file, see steps/fragment.ts. */
function valuesOf(content: string): ReadonlyMap<string, string> {
  return new Map(content.split('\n').map(line => line.split('\t') as [string, string]))
}

function sizeOf(file: string, values: ReadonlyMap<string, string>): Pick<Part, 'file' | 'bytes' | 'sha256'> {
  return { file, bytes: Number(values.get('bytes')), sha256: values.get('sha256') ?? '' }
}

function isWhole(values: ReadonlyMap<string, string>): boolean {
  const { bytes, sha256 } = sizeOf('', values)
  return values.has('end') && bytes > 0 && /^[0-9a-f]{64}$/.test(sha256)
}

function partOf(
  planned: PlannedPart,
  common: Omit<Part, 'kind' | 'facts' | 'format'>,
  content: string,
  sums: Pick<Part, 'file' | 'bytes' | 'sha256'> | undefined,
): Part | undefined {
  if (planned.kind === 'files') {
    const facts = parseFileFacts(content)
    return facts && { ...common, kind: 'files', facts, ...(sums ? { sums } : {}) }
  }
  const facts: DatabaseFacts | undefined = parseFacts(content)
  return facts && { ...common, kind: planned.kind, format: planned.format ?? 'file', facts }
}

/** The whole output of a short script, however long. */
export async function readAll(host: Host, script: string, signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = []
  const sink = new Writable({
    write(chunk: Buffer, _, done) {
      chunks.push(chunk)
      done()
    },
  })
  const { ending, stderr } = await host.run(script, { timeout: 60_000, plain: true, signal, sink })
  if (ending.kind === 'exit' && ending.code === 0) return Buffer.concat(chunks).toString('utf8')
  throw new ProblemError(unreadable(host.name, ending.kind === 'exit' ? stderr.trim() : ending.kind))
}

/** The bytes of a file of a part on its host, as the source of an upload. */
export function spooledSource(
  host: Host,
  part: Pick<Part, 'bytes' | 'sha256'>,
  path: string,
  signal: AbortSignal,
): Source {
  return {
    bytes: part.bytes,
    sha256: part.sha256,
    open: async from => {
      const through = new PassThrough({ highWaterMark: 256 * 1024 })
      // Whoever stops reading, because the destination failed, must not leave a program behind that waits for its pipe for ever.
      const over = new AbortController()
      through.once('close', () => over.abort())
      const until = AbortSignal.any([signal, over.signal])
      const script = from === 0 ? `exec cat ${quote(path)}` : `exec tail -c +${from + 1} ${quote(path)}`
      void host.run(script, { timeout: 2 ** 31 - 1, plain: true, signal: until, sink: through }).then(
        ({ ending, stderr }) => {
          if (ending.kind === 'exit' && ending.code === 0) through.end()
          else
            through.destroy(
              new ProblemError(unreadable(host.name, ending.kind === 'exit' ? stderr.trim() : ending.kind)),
            )
        },
        (error: Error) => through.destroy(error),
      )
      return through satisfies Readable
    },
  }
}

function notWhole(planned: PlannedPart): Problem {
  return {
    code: 'STW-B021',
    what: text(
      `The dump of ${planned.store} on ${planned.host} is not whole`,
      `Der Dump von ${planned.store} auf ${planned.host} ist nicht vollständig`,
    ),
    where: { host: planned.host },
    why: text(
      `${planned.out}.part or .facts is missing, empty or cut`,
      `${planned.out}.part oder .facts fehlt, ist leer oder abgeschnitten`,
    ),
  }
}

function unreadable(host: string, why: string): Problem {
  return {
    code: 'STW-B022',
    what: text(`The set on ${host} cannot be read`, `Der Satz auf ${host} lässt sich nicht lesen`),
    where: { host },
    why: text(why, why),
  }
}
