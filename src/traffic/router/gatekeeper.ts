// Follows maintenance.json: closes and opens the gate, ends it when its time is over, and knows who was inside before.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Gate } from './gate.ts'
import { isOver, type MaintenanceOrder, maintenanceOff, parseMaintenance } from './maintenance-order.ts'
import type { StateDirectory } from './state-directory.ts'
import type { UpstreamUser } from './target.ts'
import type { Traffic } from './traffic.ts'

const file = 'maintenance.json'

export class Gatekeeper {
  readonly #traffic: Traffic
  readonly #directory: StateDirectory
  readonly #log: (line: string) => void
  /** Exchanges that began before the gate closed. */
  #before: ReadonlySet<UpstreamUser> = new Set()
  #told = ''
  #reading: Promise<void> = Promise.resolve()
  /** Whether any order was read yet. */
  #isTaken = false
  #report: (() => void) | undefined
  #following: { look(): void; stop(): void } | undefined

  constructor(traffic: Traffic, directory: StateDirectory, log: (line: string) => void) {
    this.#traffic = traffic
    this.#directory = directory
    this.#log = log
  }

  /** For status.json. */
  get state(): { readonly maintenance: string; readonly inflight: number } {
    const { gate, target } = this.#traffic
    if (gate === undefined || target === undefined)
      return { maintenance: gate?.order.order ?? maintenanceOff, inflight: 0 }
    const inside = [...this.#before].filter(user => target.users.has(user)).length
    return { maintenance: gate.order.order, inflight: Math.max(0, inside - target.websockets) }
  }

  /** What a router before this one was told still holds. */
  async restore(): Promise<void> {
    await this.#read()
  }

  /** `report` is called when `state` changed. Without it the gate is followed in silence. */
  follow(report: (() => void) | undefined): void {
    this.#report = report
    this.#following ??= this.#directory.follow(file, () => void this.#read())
  }

  look(): void {
    this.#following?.look()
  }

  stop(): void {
    this.#following?.stop()
    this.#following = undefined
  }

  sweep(now: number): void {
    const order = this.#traffic.gate?.order
    if (order !== undefined && isOver(order, now)) {
      this.#log(`maintenance ${order.order} is over: its time is up`)
      this.#open()
      if (this.#report !== undefined) void this.#directory.write(file, `{"order":"${maintenanceOff}"}\n`)
    }
    this.#tell()
  }

  /** Nobody is held any longer: the router ends. */
  giveUp(): void {
    for (const held of [...this.#traffic.held]) held.turnAway()
  }

  /** One after the other: an older look that takes longer must not undo a newer one. */
  #read(): Promise<void> {
    this.#reading = this.#reading.then(() => this.#take()).catch(error => this.#log(`maintenance: ${error}`))
    return this.#reading
  }

  async #take(): Promise<void> {
    const text = await this.#directory.look(file)
    // Not readable (no file may be opened any more, or not by us) is no order to open, and none to close what is open.
    if (text === null) this.#log(`${file} cannot be read`)
    if (text === null && this.#isTaken) return
    this.#isTaken = true
    const order = text === undefined ? undefined : parseMaintenance(text ?? '')
    if (order === undefined || isOver(order, Date.now())) this.#open()
    else if (order.order !== this.#traffic.gate?.order.order) {
      const gate = new Gate(order, await pagesOf(order))
      if (this.#traffic.gate === undefined) this.#before = new Set(this.#traffic.target?.users)
      this.#traffic.gate = gate
      this.#log(`maintenance ${order.order} is on (${order.mode})`)
      this.#reconsider()
    }
    this.#tell()
  }

  #open(): void {
    const { gate } = this.#traffic
    if (gate === undefined) return
    this.#traffic.gate = undefined
    this.#before = new Set()
    this.#log(`maintenance ${gate.order.order} is off, ${this.#traffic.held.size} held requests go on`)
    this.#reconsider()
  }

  #reconsider(): void {
    for (const held of [...this.#traffic.held]) held.reconsider()
  }

  #tell(): void {
    const now = JSON.stringify(this.state)
    if (now === this.#told) return
    this.#told = now
    this.#report?.()
  }
}

/** The page in both languages; without its files a plain sentence. */
async function pagesOf({ pages }: MaintenanceOrder): Promise<Readonly<Record<'de' | 'en', string>>> {
  const read = (language: string, other: string): Promise<string> =>
    readFile(join(pages, `index.${language}.html`), 'utf8').catch(() => other)
  return { de: await read('de', 'Wartung\n'), en: await read('en', 'Maintenance\n') }
}
