// Picks the presenter for how the command is being read.
import { type Context, switchFlag } from '../context.ts'
import { jsonPresenter } from './json.ts'
import { livePresenter } from './live.ts'
import { plainPresenter } from './plain.ts'
import type { Presenter } from './presenter.ts'
import { quietPresenter } from './quiet.ts'

export function choosePresenter(context: Context): Presenter {
  const { io, lang, wiring } = context
  const verbose = switchFlag(context, 'verbose')
  if (switchFlag(context, 'json')) return jsonPresenter(io, wiring.clock)
  if (switchFlag(context, 'quiet')) return quietPresenter(io, lang)
  if (io.tty.err && wiring.env['TERM'] !== 'dumb') return livePresenter(io, lang, wiring.clock, { verbose })
  return plainPresenter(io, lang, { verbose })
}
