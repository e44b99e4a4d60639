// Words that a person gave a command and that stay: in plans and records on hosts, in reports and messages.
import type { Config } from '../config/config.ts'
import { oneLine } from '../core/one-line.ts'
import { redactor } from '../core/secret.ts'
import { withoutPatterns } from '../notify/message.ts'
import type { Context } from './context.ts'

/** What people type stays on hosts for years: known secrets go, and what only looks like one. */
export function cleaner({ secrets }: Pick<Config, 'secrets'>): (words: string) => string {
  const redact = redactor(secrets.values())
  return words => withoutPatterns(redact(words))
}

/** A flag as one line without secrets; undefined where it was not given. */
export function typedFlag(
  context: Pick<Context, 'flags'>,
  config: Pick<Config, 'secrets'>,
  name: string,
): string | undefined {
  const given = context.flags[name]
  return typeof given === 'string' ? oneLine(cleaner(config)(given)) : undefined
}
