import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import { type Text, text } from '../../core/lang.ts'
import { type Context, switchFlag } from '../context.ts'
import { install, placeFor, printed, secretsOfShell } from '../installing.ts'
import { showResult } from '../outcome.ts'
import { loadSchedule } from '../scheduling.ts'
import { refuse } from '../under-lock.ts'

export async function run(context: Context): Promise<ExitCode> {
  const scheduled = await loadSchedule(context)
  if (!scheduled.ok) return refuse(context, scheduled.error)
  const place = await placeFor(context)
  if (!place.ok) return refuse(context, [place.error])
  const { config, entries } = scheduled.value
  const document = {
    environment: config.environment.name,
    ...place.value,
    entries: entries.map(({ name }) => name),
  }
  const ofShell = secretsOfShell(scheduled.value)
  if (ofShell.length > 0) context.io.err(`! ${shellNote(ofShell)[context.lang]}\n`)
  if (switchFlag(context, 'print')) {
    const content = printed(context, scheduled.value, place.value)
    showResult(
      context,
      'stellwerk.schedule.install/1',
      { ...document, state: 'printed', content },
      () => content,
    )
    return exitCode.done
  }
  const done = await install(context, scheduled.value, place.value)
  if (!done.ok) return refuse(context, [done.error])
  const here = new Intl.DateTimeFormat().resolvedOptions().timeZone
  if (place.value.kind === 'cron' && here !== config.timezone) context.io.err(`! ${zoneNote[context.lang]}\n`)
  const names = entries.map(({ name }) => name).join(', ')
  const words = {
    enabled: text(`${place.value.kind} runs ${names}`, `${place.value.kind} führt ${names} aus`),
    written: text(
      `The units of ${names} are written; systemd does not run here, so nothing starts them yet`,
      `Die Units von ${names} sind geschrieben; systemd läuft hier nicht, also startet sie noch nichts`,
    ),
  }[done.value]
  showResult(
    context,
    'stellwerk.schedule.install/1',
    { ...document, state: done.value },
    () => `${done.value === 'enabled' ? '✔' : '!'} ${words[context.lang]}\n`,
  )
  return exitCode.done
}

function shellNote(names: readonly string[]): Text {
  const [list, first = ''] = [names.join(', '), names[0]]
  return text(
    `A timer does not know the variables of this shell, so these secrets would be missing: ${list}. Put each into a file: secrets: {${first}: {file: <path>}}, chmod 600`,
    `Ein Timer kennt die Variablen dieser Shell nicht, also würden diese Geheimnisse fehlen: ${list}. Jedes in eine Datei legen: secrets: {${first}: {file: <Pfad>}}, chmod 600`,
  )
}

/** Debian's own cron takes the line for a variable and goes by the clock of the machine. */
const zoneNote = text(
  'This machine has another time zone than stellwerk.yaml: only a cron that knows CRON_TZ, such as cronie, keeps these times',
  'Diese Maschine hat eine andere Zeitzone als stellwerk.yaml: nur ein cron, das CRON_TZ kennt, etwa cronie, hält diese Zeiten ein',
)
