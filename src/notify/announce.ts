// Tells every channel, each by itself: one that fails is named, tried once more, and harms nothing else.
import type { Channel, Notify } from '../config/schema/notify.ts'
import { expand } from '../config/variables.ts'
import { text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { redact } from '../core/redact.ts'
import type { Deps, Failure } from './channel.ts'
import { type Announcement, type Happening, type Message, makeMessage } from './message.ts'

export interface Delivery {
  readonly event: Happening
  readonly channel: string
  readonly delivered: boolean
  readonly problem?: Problem
}

export interface AnnounceDeps extends Deps {
  readonly lang: 'en' | 'de'
  readonly timeZone: string
  readonly redact: (text: string) => string
}

const pause = 1000

/** Never throws and keeps nothing: what does not arrive in two tries is said and forgotten. */
export async function announce(
  notify: Notify,
  names: readonly string[],
  announcement: Announcement,
  deps: AnnounceDeps,
): Promise<readonly Delivery[]> {
  const { happening, run, environment } = announcement
  const message = makeMessage(announcement, { ...deps, redact: door(notify, deps) })
  return Promise.all(
    [...new Set(names)].map(async (name): Promise<Delivery> => {
      const channel = notify.channels[name]
      const id = `${run}.${happening}.${name}`
      const failure = channel ? await deliver(channel, message, id, deps) : noChannel
      const told = { event: happening, channel: name, delivered: failure === undefined }
      return failure ? { ...told, problem: notReached(name, failure, environment) } : told
    }),
  )
}

// Addresses and passwords that somebody wrote into the file in clear are secrets too.
function door(notify: Notify, deps: AnnounceDeps): (words: string) => string {
  const clear = Object.values(notify.channels).flatMap(channel =>
    channel.kind === 'email' ? (channel.password ?? []) : [channel.url, ...headerValues(channel)],
  )
  const values = clear.map(value => expand(value, deps.secret))
  return words => redact(deps.redact(words), values)
}

function headerValues(channel: Channel): readonly string[] {
  return channel.kind === 'webhook' ? Object.values(channel.headers) : []
}

const noChannel: Failure = {
  again: false,
  why: text('there is no such channel', 'diesen Kanal gibt es nicht'),
}

async function deliver(
  channel: Channel,
  message: Message,
  id: string,
  deps: AnnounceDeps,
): Promise<Failure | undefined> {
  const failure = await attempt(channel, message, id, deps)
  if (!failure?.again) return failure
  await deps.clock.sleep(pause)
  return attempt(channel, message, id, deps)
}

function notReached(name: string, { why }: Failure, environment: string): Problem {
  const command = `stellwerk notify test ${environment} ${name}`
  return {
    code: 'STW-N800',
    what: text(`The channel "${name}" was not reached`, `Der Kanal „${name}“ wurde nicht erreicht`),
    why,
    next: [text(command, command)],
  }
}

async function attempt(
  channel: Channel,
  message: Message,
  id: string,
  deps: AnnounceDeps,
): Promise<Failure | undefined> {
  try {
    switch (channel.kind) {
      case 'email':
        return await (await import('./email.ts')).sendEmail(channel, message, id, deps)
      case 'slack':
        return await (await import('./slack.ts')).sendSlack(expand(channel.url, deps.secret), message)
      case 'webhook': {
        const headers = Object.entries(channel.headers).map(([key, value]) => [
          key,
          expand(value, deps.secret),
        ])
        const url = expand(channel.url, deps.secret)
        return await (await import('./webhook.ts')).sendWebhook(url, Object.fromEntries(headers), message)
      }
    }
  } catch {
    // Whatever a library throws may repeat what it was given.
    return { again: false, why: text('it could not be sent', 'es ließ sich nicht senden') }
  }
}
