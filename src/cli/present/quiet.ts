// Only what needs attention: warnings.
import type { Lang } from '../../core/lang.ts'
import type { Io } from '../io.ts'
import type { Presenter } from './presenter.ts'

export function quietPresenter(io: Io, lang: Lang): Presenter {
  return {
    event: event => {
      if (event.type === 'warning')
        io.err(`! ${event.host === undefined ? '' : `${event.host}: `}${event.text[lang]}\n`)
    },
    end: () => {},
  }
}
