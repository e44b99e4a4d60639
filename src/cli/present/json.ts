// NDJSON on stdout: one event a line, with its stable code and time. The last line is the command's result document.
import type { Clock } from '../../core/clock.ts'
import type { Io } from '../io.ts'
import type { Presenter } from './presenter.ts'

export function jsonPresenter(io: Io, clock: Clock): Presenter {
  return {
    event: event => io.out(`${JSON.stringify({ at: clock.now().toISOString(), ...event })}\n`),
    end: () => {},
  }
}
