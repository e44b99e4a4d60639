// JSON for a program of your own.
import type { Failure } from './channel.ts'
import type { Message } from './message.ts'
import { post } from './post.ts'

export function sendWebhook(
  address: string,
  headers: Readonly<Record<string, string>>,
  { subject, text, document }: Message,
): Promise<Failure | undefined> {
  return post(address, { ...document, subject, text }, headers)
}
