// Turns events into what a person or a program reads. One presenter for each way of reading.
import type { Event } from '../../engine/events.ts'

export interface Presenter {
  event(event: Event): void
  /** Leaves the terminal as it should stay. */
  end(): void
}
