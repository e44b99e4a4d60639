// Who is told of a deploy, and over what.
import { z } from 'zod'
import { name, port } from './scalar.ts'
import { about, says } from './words.ts'

/** A whole address, or one that begins with a secret: the address of a Slack webhook is one. */
const hookAddress = z
  .string()
  .regex(
    /^(https?:\/\/[^\s]+|\$\{[A-Za-z_][A-Za-z0-9_]*\}[^\s]*)$/,
    says(
      'must be a URL with http:// or https://, or a secret such as ${SLACK_WEBHOOK}',
      'muss eine URL mit http:// oder https:// sein, oder ein Geheimnis wie ${SLACK_WEBHOOK}',
    ),
  )
  .meta({ title: 'URL' })

const mailbox = z
  .string()
  .regex(
    /^([^<>\r\n]*<[^<>\s@]+@[^<>\s@]+>|[^<>\s@]+@[^<>\s@]+)$/,
    says(
      'must be an address, such as ops@example.org or "Ops <ops@example.org>"',
      'muss eine Adresse sein, etwa ops@example.org oder "Ops <ops@example.org>"',
    ),
  )
  .meta({ title: 'mail address' })

const email = z
  .strictObject({
    kind: z.literal('email').meta(about('A mail by SMTP', 'Eine E-Mail über SMTP')),
    host: z
      .string()
      .min(1)
      .meta(about('Mail server', 'Mailserver', 'smtp.example.org')),
    port: port.default(587).meta(about('Its port', 'Sein Port')),
    tls: z
      .enum(['starttls', 'tls', 'none'])
      .default('starttls')
      .meta(
        about(
          'starttls: encrypted before anything is said, or not sent. tls: from the first byte. none: in clear, without a password',
          'starttls: verschlüsselt, ehe etwas gesagt wird, sonst nicht gesendet. tls: vom ersten Byte an. none: im Klartext, ohne Passwort',
        ),
      ),
    ca: z
      .string()
      .min(1)
      .optional()
      .meta(
        about(
          'File with the certificate of your own authority, beside stellwerk.yaml or absolute',
          'Datei mit dem Zertifikat der eigenen Zertifizierungsstelle, neben stellwerk.yaml oder absolut',
          'deploy/ca.pem',
        ),
      ),
    user: z
      .string()
      .min(1)
      .optional()
      .meta(about('Name to sign in with', 'Name zum Anmelden', 'deploy')),
    password: z
      .string()
      .min(1)
      .optional()
      .meta(about('Password to sign in with', 'Passwort zum Anmelden', '${SMTP_PASSWORD}')),
    from: mailbox.meta(about('Sender', 'Absender', 'Deploy <deploy@example.org>')),
    to: z
      .array(mailbox)
      .min(1)
      .meta(about('Recipients', 'Empfänger', ['ops@example.org'])),
  })
  .refine(
    ({ user, password }) => (user === undefined) === (password === undefined),
    says('needs both user and password, or neither', 'braucht user und password, oder keines von beiden'),
  )
  .refine(
    ({ tls, password }) => tls !== 'none' || password === undefined,
    says(
      'must not send a password without encryption: tls is none',
      'darf kein Passwort unverschlüsselt senden: tls ist none',
    ),
  )
  .meta(about('A mail by SMTP', 'Eine E-Mail über SMTP'))

const slack = z
  .strictObject({
    kind: z.literal('slack').meta(about('A message in Slack', 'Eine Nachricht in Slack')),
    url: hookAddress.meta(
      about('Address of an incoming webhook', 'Adresse eines eingehenden Webhooks', '${SLACK_WEBHOOK}'),
    ),
  })
  .meta(about('A message in Slack', 'Eine Nachricht in Slack'))

const webhook = z
  .strictObject({
    kind: z.literal('webhook').meta(about('JSON by POST to an address', 'JSON per POST an eine Adresse')),
    url: hookAddress.meta(about('Where it goes', 'Wohin es geht', 'https://hooks.example.org/deploy')),
    headers: z
      .record(
        z
          .string()
          .regex(
            /^[A-Za-z][A-Za-z0-9-]{0,63}$/,
            says('must be the name of a header', 'muss der Name einer Kopfzeile sein'),
          ),
        z.string(),
      )
      .default({})
      .meta(
        about('Headers; values may hold ${SECRET}', 'Kopfzeilen; Werte dürfen ${GEHEIMNIS} enthalten', {
          Authorization: 'Bearer ${HOOK_TOKEN}',
        }),
      ),
  })
  .meta(about('JSON by POST to an address', 'JSON per POST an eine Adresse'))

const channel = z
  .discriminatedUnion('kind', [email, slack, webhook])
  .meta(about('One way to tell people', 'Ein Weg, Menschen Bescheid zu geben'))

const channels = (en: string, de: string) =>
  z
    .array(name)
    .default([])
    .meta(about(en, de, ['team']))

export const notify = z
  .strictObject({
    channels: z.record(name, channel).default({}).meta(about('Channels by name', 'Kanäle nach Namen')),
    announce: z
      .strictObject({
        start: channels('When a run begins to change something', 'Wenn ein Lauf beginnt, etwas zu ändern'),
        success: channels('When it is done', 'Wenn er fertig ist'),
        failure: channels(
          'When it failed, taken back or not',
          'Wenn er gescheitert ist, zurückgenommen oder nicht',
        ),
        rollback: channels('When a release was rolled back', 'Wenn ein Release zurückgerollt wurde'),
        waiting: channels(
          'When users have it and people must sign',
          'Wenn die Benutzer es haben und Menschen unterschreiben müssen',
        ),
      })
      .prefault({})
      .meta(about('Which channels are told of what', 'Welche Kanäle wovon erfahren')),
  })
  .meta(
    about(
      'Announcements of deploys, rollbacks and restores',
      'Ankündigungen von Deploys, Rollbacks und Wiederherstellungen',
    ),
  )
export type Notify = z.infer<typeof notify>
export type Channel = z.infer<typeof channel>
export type EmailChannel = z.infer<typeof email>
