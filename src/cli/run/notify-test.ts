import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import { text } from '../../core/lang.ts'
import { unknownName } from '../../procedures/unknown-name.ts'
import { send } from '../announcing.ts'
import type { Context } from '../context.ts'
import { newRun } from '../deploying.ts'
import { withConfig } from '../loading.ts'
import { showProblems, showResult } from '../outcome.ts'
import { paletteFor } from '../present/palette.ts'
import { renderProblem } from '../present/problem.ts'
import { refuse } from '../under-lock.ts'
import type { LoadedConfig } from '../wiring.ts'

/** Asks no host. Exit 5 when a channel was not reached. */
export function run(context: Context): Promise<ExitCode> {
  return withConfig(context, loaded => sendTest(context, loaded))
}

async function sendTest(context: Context, { config }: LoadedConfig): Promise<ExitCode> {
  const known = Object.keys(config.notify?.channels ?? {})
  if (known.length === 0) {
    showProblems(context, [noChannels])
    return exitCode.config
  }
  const wanted = context.args['channel']
  if (wanted !== undefined && !known.includes(wanted))
    return refuse(context, [unknownName('channel', wanted, known)])
  const { run: id, now } = newRun(context, 'notify')
  const deliveries = await send(context, config, wanted === undefined ? known : [wanted], {
    happening: 'test',
    headline: text('A test: this channel works', 'Ein Test: dieser Kanal funktioniert'),
    app: config.app,
    environment: config.environment.name,
    procedure: 'notify',
    run: id,
    by: context.wiring.self.by,
    next: [],
    at: now.toISOString(),
  })
  const { lang } = context
  const document = { environment: config.environment.name, channels: deliveries }
  showResult(context, 'stellwerk.notify-test/1', document, () => {
    const palette = paletteFor(context.io.color.out)
    return deliveries
      .map(({ channel, problem }) =>
        problem
          ? renderProblem({ ...problem, next: [] }, lang, palette)
          : `${palette.green('✔')} ${channel}: ${lang === 'de' ? 'angenommen' : 'accepted'}\n`,
      )
      .join('')
  })
  return deliveries.every(({ delivered }) => delivered) ? exitCode.done : exitCode.checkSaysNo
}

const noChannels = {
  code: 'STW-N801',
  what: text('There is no channel to send a test to', 'Es gibt keinen Kanal für einen Test'),
  next: [text('stellwerk explain notify', 'stellwerk explain notify')],
}
