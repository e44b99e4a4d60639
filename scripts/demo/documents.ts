// People who use the document store while it is deployed: each uploads a scan, waits until it is read, and exports it. Being kept out by
// maintenance (503 with Retry-After) is no failure: they try again.
import { setTimeout as pause } from 'node:timers/promises'

export interface DocumentTally {
  readonly uploaded: number
  /** Uploaded, read by tesseract with the words of the scan, and exported to the last line. */
  readonly exported: number
  /** Answers that said when to come back. */
  readonly keptOut: number
  /** First words of what went wrong -> how often. */
  readonly failures: ReadonlyMap<string, number>
  /** Release -> documents that it took or gave, answers with 2xx. */
  readonly releases: ReadonlyMap<string, number>
}

interface Props {
  readonly url: string
  readonly email: string
  readonly password: string
  readonly scan: Uint8Array
  /** What stands on the scan. */
  readonly words: string
}

const patience = 90_000
/** More at once would only fill the queue. */
const most = 3

export class Documents {
  readonly #props: Props
  readonly #open = new Set<Promise<void>>()
  #timer: NodeJS.Timeout | undefined
  #token = ''
  #uploaded = 0
  #exported = 0
  #keptOut = 0
  #failures = new Map<string, number>()
  #releases = new Map<string, number>()

  constructor(props: Props) {
    this.#props = props
  }

  async start(every: number): Promise<void> {
    this.#token = await this.signIn()
    this.#timer = setInterval(() => {
      if (this.#open.size < most) this.send(1)
    }, every)
  }

  /** Also what a person does who is asked whether signing in works. */
  async signIn(): Promise<string> {
    const { email, password } = this.#props
    const answer = await this.#ask('auth/login', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ email, passwort: password }),
    })
    const token = answer?.body['access_token']
    if (typeof token !== 'string') throw new Error('nobody can sign in')
    return token
  }

  /** So many documents at once. */
  send(count: number): void {
    for (let n = 0; n < count; n += 1) {
      const done = this.#bring()
        .catch((error: unknown) => this.#fail(error instanceof Error ? error.message : String(error)))
        .finally(() => this.#open.delete(done))
      this.#open.add(done)
    }
  }

  /** What happened since the last time this was asked. */
  take(): DocumentTally {
    const tally = {
      uploaded: this.#uploaded,
      exported: this.#exported,
      keptOut: this.#keptOut,
      failures: this.#failures,
      releases: this.#releases,
    }
    this.#uploaded = 0
    this.#exported = 0
    this.#keptOut = 0
    this.#failures = new Map()
    this.#releases = new Map()
    return tally
  }

  /** Waits for the documents under way, so that none of them is forgotten. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await Promise.all(this.#open)
  }

  async #bring(): Promise<void> {
    const form = new FormData()
    form.set('file', new File([new Uint8Array(this.#props.scan)], 'rechnung.png'))
    form.set('title', 'Rechnung')
    const end = performance.now() + patience
    const taken = await this.#until(end, 'upload', () =>
      this.#ask('documents/', { method: 'POST', body: form }),
    )
    this.#uploaded += 1
    const id = String(taken['id'])
    await this.#until(end, 'read', async () => {
      const answer = await this.#ask(`documents/${id}`, {})
      const { status, text } = answer?.body ?? {}
      if (status === 'fehlgeschlagen') throw new Error('a document was not read')
      if (status !== 'verarbeitet') return undefined
      if (!String(text).includes(this.#props.words)) throw new Error('a document was read wrongly')
      return answer
    })
    const exported = await this.#until(end, 'export', () =>
      this.#ask(`documents/${id}/export?format=ndjson`, {}),
    )
    if (!String(exported['text']).trimEnd().endsWith('"anzahl":1}'))
      throw new Error('an export ended without its last line')
    this.#exported += 1
  }

  async #until(
    end: number,
    what: string,
    attempt: () => Promise<Answer | undefined>,
  ): Promise<Answer['body']> {
    while (performance.now() < end) {
      const answer = await attempt()
      if (answer !== undefined) return answer.body
      await pause(250)
    }
    throw new Error(`${what}: not within ${patience / 1000} s`)
  }

  /** Undefined: come back later. */
  async #ask(path: string, options: RequestInit): Promise<Answer | undefined> {
    const headers = { Authorization: `Bearer ${this.#token}`, ...options.headers }
    const response = await fetch(`${this.#props.url}/api/v1/${path}`, { ...options, headers })
    const text = await response.text()
    if (response.status === 503 && response.headers.get('retry-after') !== null) {
      this.#keptOut += 1
      return undefined
    }
    if (!response.ok) throw new Error(`${options.method ?? 'GET'} ${path.split('/')[0]}: ${response.status}`)
    const release = response.headers.get('x-release') ?? '-'
    this.#releases.set(release, (this.#releases.get(release) ?? 0) + 1)
    const json = response.headers.get('content-type')?.startsWith('application/json')
    return { body: json ? JSON.parse(text) : { text } }
  }

  #fail(reason: string): void {
    this.#failures.set(reason, (this.#failures.get(reason) ?? 0) + 1)
  }
}

interface Answer {
  readonly body: Readonly<Record<string, unknown>>
}
