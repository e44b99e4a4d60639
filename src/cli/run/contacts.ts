import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import { markdownTable } from '../../runbook/markdown.ts'
import { contactRows } from '../../runbook/versions.ts'
import { type Context, switchFlag } from '../context.ts'
import { withConfig } from '../loading.ts'
import { showResult } from '../outcome.ts'
import { table } from '../present/table.ts'
import type { LoadedConfig } from '../wiring.ts'

/** Asks no host. */
export function run(context: Context): Promise<ExitCode> {
  return withConfig(context, loaded => listContacts(context, loaded))
}

function listContacts(context: Context, { config }: LoadedConfig): ExitCode {
  const contacts = Object.entries(config.contacts).map(([id, contact]) => ({ id, ...contact }))
  const document = { environment: config.environment.name, contacts }
  showResult(context, 'stellwerk.contacts/1', document, () => {
    if (contacts.length === 0)
      return context.lang === 'de'
        ? 'Niemand ist hinterlegt: contacts in stellwerk.yaml\n'
        : 'Nobody is listed: contacts of stellwerk.yaml\n'
    const rows = contactRows(contacts, context.lang)
    return switchFlag(context, 'markdown') ? markdownTable(rows) : table(rows)
  })
  return exitCode.done
}
