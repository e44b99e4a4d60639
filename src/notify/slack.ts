// An incoming webhook of Slack.
import type { Failure } from './channel.ts'
import type { Message } from './message.ts'
import { post } from './post.ts'

export function sendSlack(address: string, { subject, text }: Message): Promise<Failure | undefined> {
  return post(address, { text: `*${literally(subject)}*\n${literally(text)}` })
}

// What Slack would read as a mention of everybody, or as a link.
function literally(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
