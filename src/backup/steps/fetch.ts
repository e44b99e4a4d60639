// Brings one part of a set from its destination to a host and hashes it there. A part that is cut, changed or gone is what such a
// step is for, so it is told by name and not as a broken connection.
import { PassThrough, type Readable } from 'node:stream'
import { formatBytes } from '../../core/bytes.ts'
import { text } from '../../core/lang.ts'
import { type Problem, ProblemError } from '../../core/problem.ts'
import { quote } from '../../core/shell.ts'
import type { HostKind, Report, Step } from '../../engine/step.ts'
import type { BackupDeps } from '../context.ts'

export interface Fetched extends Step {
  readonly host: string
  readonly destination: string
  /** Below the destination. */
  readonly path: string
  /** Absolute, on the host. */
  readonly to: string
  readonly bytes: number
  readonly sha256: string
}

export interface FetchStep extends Fetched {
  readonly kind: 'backup.fetch'
}

/** `began`: told before the first byte is asked for. */
export function fetchKind<S extends Fetched>(
  deps: BackupDeps,
  began: () => void = () => undefined,
): HostKind<S> {
  /** Why the destination gave less than all, by step. */
  const failures = new Map<string, Problem>()
  return {
    at: 'host',
    run: ({ to, bytes, sha256 }) => `(umask 077; cat >${quote(`${to}.part`)}) || sw_problem write
sw_size=$(wc -c <${quote(`${to}.part`)}) || sw_problem write
[ "$sw_size" -eq ${bytes} ] || sw_problem size "$((sw_size))"
sw_sum=$(sha256sum ${quote(`${to}.part`)}) || sw_problem write
[ "\${sw_sum%% *}" = ${sha256} ] || sw_problem sum "\${sw_sum%% *}"
mv ${quote(`${to}.part`)} ${quote(to)}
sw_data bytes ${bytes}`,
    undo: ({ to }) => `rm -f ${quote(to)} ${quote(`${to}.part`)}`,
    inspect: ({ to }) => `[ -e ${quote(to)} ] && echo done || echo undone`,
    describe: ({ path, destination, bytes, sha256 }) =>
      text(
        `Fetch ${path} from ${destination}: ${formatBytes(bytes)}, SHA-256 ${sha256.slice(0, 12)}…`,
        `${path} von ${destination} holen: ${formatBytes(bytes)}, SHA-256 ${sha256.slice(0, 12)}…`,
      ),
    explain: (step, report) => explain(step, report, failures.get(step.id)),
    stream: async step => {
      began()
      const through = new PassThrough({ highWaterMark: 1024 * 1024 })
      const give = (error: unknown) => {
        if (ProblemError.is(error)) failures.set(step.id, error.problem)
        else failures.set(step.id, told(step, error))
        // The end, not an error: the host then says what is missing, and goes on living.
        through.end()
      }
      void (async () => {
        try {
          const destination = await deps.destination(step.destination)
          const source = await destination.read(step.path)
          through.once('close', () => source.destroy())
          source.once('error', give)
          source.pipe(through)
        } catch (error) {
          give(error)
        }
      })()
      return through satisfies Readable
    },
  }
}
function told({ destination }: Fetched, error: unknown): Problem {
  const words = error instanceof Error ? error.message : String(error)
  return {
    code: 'STW-B424',
    what: text(
      `${destination} stopped sending: ${words}`,
      `${destination} hat aufgehört zu senden: ${words}`,
    ),
  }
}

function explain(step: Fetched, { key, args }: Report, failure: Problem | undefined): Problem {
  const where = { host: step.host, step: step.id }
  const [found = ''] = args
  if (key === 'size' || key === 'sum') {
    const next = [
      text(
        `It restores nothing as it is; look at the disk of ${step.destination} and make a new set`,
        `So stellt er nichts wieder her; die Platte von ${step.destination} ansehen und einen neuen Satz machen`,
      ),
    ]
    if (key === 'sum')
      return {
        code: 'STW-B425',
        what: text(
          `${step.path} at ${step.destination} is not what was stored`,
          `${step.path} bei ${step.destination} ist nicht mehr das, was abgelegt wurde`,
        ),
        where,
        why: text(
          `its SHA-256 is ${found}, the manifest says ${step.sha256}`,
          `seine SHA-256 ist ${found}, das Manifest nennt ${step.sha256}`,
        ),
        next,
      }
    return {
      code: 'STW-B426',
      what: text(
        `${step.path} at ${step.destination} is not whole`,
        `${step.path} bei ${step.destination} ist nicht vollständig`,
      ),
      where,
      why: failure
        ? text(
            `${found} of ${step.bytes} bytes came: ${failure.what.en}`,
            `${found} von ${step.bytes} Bytes kamen an: ${failure.what.de}`,
          )
        : text(
            `it has ${found} bytes, the manifest says ${step.bytes}`,
            `er hat ${found} Bytes, das Manifest nennt ${step.bytes}`,
          ),
      next: failure?.next ?? next,
    }
  }
  return {
    code: 'STW-B427',
    what: text(
      `${step.to} on ${step.host} cannot be written`,
      `${step.to} auf ${step.host} lässt sich nicht schreiben`,
    ),
    where,
  }
}
