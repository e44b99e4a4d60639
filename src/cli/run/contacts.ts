import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import { markdownTable } from '../../runbook/markdown.ts'
import { contactRows } from '../../runbook/versions.ts'
import { type Context, switchFlag, textFlag } from '../context.ts'
import { showProblems, showResult } from '../outcome.ts'
import { table } from '../present/table.ts'

/** Asks no host. */
export async function run(context: Context): Promise<ExitCode> {
  const loaded = await context.wiring.load({
    file: textFlag(context, 'config'),
    environment: context.args['environment'],
  })
  if (!loaded.ok) {
    showProblems(context, loaded.error)
    return exitCode.config
  }
  const { config } = loaded.value
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
