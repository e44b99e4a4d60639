// How maintenance is turned on, and what visitors are told: the data that the steps carry. Each way is sh with the same
// five functions, see library.ts.

export interface Notice {
  readonly mode: 'page' | 'pause'
  readonly pauseMs: number
  /** Seconds. */
  readonly retryAfter: number
  readonly allow: readonly string[]
  readonly header?: { readonly name: string; readonly secret: string }
  /** Directory of the release with the pages; absent: our own. */
  readonly page?: string
  readonly language: 'de' | 'en'
  /** ISO 8601. */
  readonly until?: string
}

export interface EndpointRequest {
  readonly url: string
  readonly method: string
  /** Values may hold ${NAME} of a secret. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export type Way =
  | { readonly how: 'embedded'; readonly drainMs: number }
  | {
      readonly how: 'nginx'
      readonly include: string
      readonly test: string
      readonly reload: string
      readonly drainMs: number
    }
  | {
      readonly how: 'endpoint'
      readonly on: EndpointRequest
      readonly off: EndpointRequest
      readonly status: EndpointRequest & { readonly isOn: string; readonly isOff: string }
    }
  | { readonly how: 'command'; readonly on: string; readonly off: string; readonly status: string }

/** Where the way is used. */
export interface Place {
  readonly root: string
  readonly environment: string
  /** Release whose page is taken before that of the current one. */
  readonly release?: string
  /** Secrets the configuration knows. */
  readonly known: readonly string[]
}
