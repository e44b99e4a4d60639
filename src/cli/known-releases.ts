// What the releases on each host are, for commands that only look at them.
import type { ExitCode } from '../core/exit-code.ts'
import { err, ok, type Result } from '../core/result.ts'
import { parseReleaseFacts, type ReleaseFacts, releaseFactsScript } from '../release/facts.ts'
import type { Context } from './context.ts'
import { onEveryHost } from './on-every-host.ts'
import type { Session } from './session.ts'

/** Host name to its releases, in the order of the session's hosts. Hosts that cannot be asked are shown here. */
export async function knownReleases(
  context: Context,
  session: Session,
): Promise<Result<ReadonlyMap<string, ReleaseFacts>, ExitCode>> {
  const found = new Map<string, ReleaseFacts>()
  const failed = await onEveryHost(
    context,
    session,
    host => `${releaseFactsScript(host.root, [])}\nexit 0\n`,
    (host, output) => void found.set(host.name, parseReleaseFacts(output, context.wiring.clock.now())),
  )
  if (failed !== undefined) return err(failed)
  return ok(
    new Map(
      session.hosts.flatMap(({ name }) => {
        const facts = found.get(name)
        return facts ? [[name, facts] as const] : []
      }),
    ),
  )
}
