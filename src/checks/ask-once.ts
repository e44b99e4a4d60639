// One question of sh outside of the common session, for checks that need its answer to go on.
import { randomBytes } from 'node:crypto'
import type { Host } from '../engine/host.ts'
import { composeScript, readAnswers, type Said } from './host-script.ts'

/** undefined: the host did not answer. */
export async function askOnce(
  host: Host,
  fragment: string,
  options: { readonly timeout: number; readonly signal: AbortSignal },
): Promise<Said | undefined> {
  const nonce = randomBytes(8).toString('hex')
  const { stdout } = await host.run(composeScript([fragment], nonce), options)
  const [said] = readAnswers(`\n${stdout}`, nonce, 1)
  return said?.ended ? said : undefined
}
