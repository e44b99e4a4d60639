// Sends a code: as a file for a machine without mail, over SMTP, or for a probe into the mailbox that its token opens.
import { randomUUID } from 'node:crypto'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { createTransport } from 'nodemailer'
import type { Settings } from './settings.ts'

export interface CodeMail {
  readonly email: string
  readonly challengeId: string
  readonly code: string
}

export async function sendCode(app: DatabaseSync, settings: Settings, mail: CodeMail): Promise<void> {
  if (settings.probe.emails.includes(mail.email)) {
    app.prepare('DELETE FROM probe_mailbox WHERE email = ?').run(mail.email)
    const insert = app.prepare('INSERT INTO probe_mailbox VALUES (?, ?, ?)')
    insert.run(mail.email, mail.challengeId, mail.code)
    return
  }
  const message = {
    from: settings.mailer.from,
    to: mail.email,
    subject: 'Ihr Anmeldecode',
    text: `Ihr Code: ${mail.code}\n\nEr gilt zehn Minuten.\n`,
  }
  if (settings.mailer.mode === 'smtp') {
    const transport = openTransport(settings)
    await transport.sendMail(message).finally(() => transport.close())
    return
  }
  const outbox = join(settings.storage, 'outbox')
  mkdirSync(outbox, { recursive: true, mode: 0o700 })
  const file = join(outbox, `${randomUUID()}.eml`)
  const { from, to, subject, text } = message
  writeFileSync(`${file}.part`, `From: ${from}\nTo: ${to}\nSubject: ${subject}\n\n${text}`, { mode: 0o600 })
  renameSync(`${file}.part`, file)
}

/** Throws when the mail server does not take us: nobody could sign in, and no probe would notice. */
export async function proveMail(settings: Settings): Promise<void> {
  if (settings.mailer.mode === 'file') return
  const transport = openTransport(settings)
  await transport.verify().finally(() => transport.close())
}

function openTransport({ mailer }: Settings) {
  return createTransport({ url: mailer.smtpUrl, connectionTimeout: 3_000, greetingTimeout: 3_000 })
}

/** The code of a probe, once; undefined when none waits. */
export function takeProbeCode(app: DatabaseSync, challengeId: string): string | undefined {
  const take = app.prepare('DELETE FROM probe_mailbox WHERE challenge_id = ? RETURNING code')
  const row = take.get(challengeId)
  return row === undefined ? undefined : String(row['code'])
}
