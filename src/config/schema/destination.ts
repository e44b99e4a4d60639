// Where backup sets go.
import { z } from 'zod'
import { absolutePath, name, port, webAddress } from './scalar.ts'
import { about, says } from './words.ts'

const common = {
  keep: z
    .record(name, z.int().min(1))
    .default({})
    .meta(
      about(
        'How many sets of a class stay here, when it differs',
        'Wie viele Sätze einer Klasse hier bleiben, wenn es abweicht',
        { daily: 30 },
      ),
    ),
  optional: z
    .boolean()
    .default(false)
    .meta(
      about(
        'A backup without it is a warning, not a failure',
        'Ein Backup ohne dieses Ziel ist eine Warnung, kein Fehler',
      ),
    ),
}

const remote = {
  address: z
    .string()
    .regex(
      /^[A-Za-z0-9_][A-Za-z0-9_.-]*@([A-Za-z0-9_][A-Za-z0-9_.-]*|\[[0-9a-fA-F:]+\])$/,
      says('must be user@host', 'muss user@host sein'),
    )
    .meta(about('Account and machine', 'Konto und Maschine', 'backup@nas.example.org')),
  port: port.default(22).meta(about('Port of its SSH server', 'Port seines SSH-Servers')),
  path: z
    .string()
    .regex(/^[^\0\n-][^\0\n]*$/, says('must be a path', 'muss ein Pfad sein'))
    .meta(about('Directory there', 'Verzeichnis dort', '/volume1/backup')),
  hostKey: z
    .string()
    .regex(
      /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]+=*( .*)?$/,
      says(
        'must be a public host key, as ssh-keyscan prints it behind the name ("ssh-ed25519 AAAA…")',
        'muss ein öffentlicher Host-Schlüssel sein, wie ssh-keyscan ihn hinter dem Namen ausgibt ("ssh-ed25519 AAAA…")',
      ),
    )
    .meta(
      about(
        'The one host key that is accepted',
        'Der eine Host-Schlüssel, der akzeptiert wird',
        'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGVYIjM8PJXOU7kPBYMQ1WTGQMPLSLuTrkGQLJ8gWmYc',
      ),
    ),
  identityFile: z
    .string()
    .min(1)
    .optional()
    .meta(about('Private key, without a passphrase', 'Privater Schlüssel, ohne Passphrase', '~/.ssh/backup')),
}

export const destination = z
  .discriminatedUnion('kind', [
    z
      .strictObject({
        kind: z.literal('directory').meta(about('A directory', 'Ein Verzeichnis')),
        path: absolutePath.meta(about('The directory', 'Das Verzeichnis', '/var/backups/askpro')),
        host: name
          .optional()
          .meta(
            about(
              'Host of the environment that has it; default: the machine that runs the command',
              'Host der Umgebung, auf dem es liegt; sonst die Maschine, auf der der Befehl läuft',
              'web1',
            ),
          ),
        mounted: z
          .boolean()
          .optional()
          .meta(
            about(
              'The path must be on a mounted file system of its own; default: true below /mnt, /media and /net, else false',
              'Der Pfad muss auf einem eigenen eingehängten Dateisystem liegen; sonst: true unter /mnt, /media und /net, anderswo false',
              true,
            ),
          ),
        ...common,
      })
      .meta(
        about(
          'A directory: of a host, of this machine, a mounted share or disk',
          'Ein Verzeichnis: eines Hosts, dieser Maschine, eine eingehängte Freigabe oder Platte',
        ),
      ),
    z
      .strictObject({
        kind: z.literal('sftp').meta(about('SFTP', 'SFTP')),
        ...remote,
        password: z
          .string()
          .min(1)
          .optional()
          .meta(
            about(
              'Password of the account, as a reference to a secret',
              'Passwort des Kontos, als Verweis auf ein Geheimnis',
              '${NAS_PASSWORD}',
            ),
          ),
        ...common,
      })
      .refine(
        ({ identityFile, password }) => identityFile !== undefined || password !== undefined,
        says(
          'needs identityFile or password: nobody is there to type one',
          'braucht identityFile oder password: niemand ist da, der eines eintippt',
        ),
      )
      .meta(
        about(
          'A server that speaks SFTP, such as a NAS; no shell is needed there',
          'Ein Server, der SFTP spricht, etwa ein NAS; eine Shell braucht er nicht',
        ),
      ),
    z
      .strictObject({
        kind: z.literal('rsync').meta(about('rsync over SSH', 'rsync über SSH')),
        ...remote,
        ...common,
      })
      .meta(about('A machine with a shell and rsync', 'Eine Maschine mit Shell und rsync')),
    z
      .strictObject({
        kind: z.literal('s3').meta(about('S3', 'S3')),
        bucket: z
          .string()
          .min(1)
          .meta(about('Name of the bucket', 'Name des Buckets', 'askpro-backup')),
        prefix: z
          .string()
          .regex(/^([^/\0\n][^\0\n]*)?$/, says('must not begin with "/"', 'darf nicht mit "/" beginnen'))
          .default('')
          .meta(about('Prefix of every key', 'Präfix aller Schlüssel', 'production')),
        endpoint: webAddress
          .optional()
          .meta(
            about(
              'URL of a server that is not AWS',
              'URL eines Servers, der nicht AWS ist',
              'https://s3.example.org',
            ),
          ),
        region: z
          .string()
          .min(1)
          .default('us-east-1')
          .meta(about('Its region', 'Seine Region', 'eu-central-1')),
        accessKey: z
          .string()
          .min(1)
          .meta(
            about(
              'Access key, as a reference to a secret',
              'Zugangsschlüssel, als Verweis auf ein Geheimnis',
              '${S3_ACCESS_KEY}',
            ),
          ),
        secretKey: z
          .string()
          .min(1)
          .meta(
            about(
              'Secret key, as a reference to a secret',
              'Geheimer Schlüssel, als Verweis auf ein Geheimnis',
              '${S3_SECRET_KEY}',
            ),
          ),
        ...common,
      })
      .meta(about('A bucket of an S3-compatible store', 'Ein Bucket eines S3-kompatiblen Speichers')),
  ])
  .meta(about('One place for backup sets', 'Ein Ort für Backup-Sätze'))
export type DestinationConfig = z.infer<typeof destination>
