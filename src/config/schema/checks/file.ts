// A file, a directory or a link on the host.
import { z } from 'zod'
import { absolutePath, bytes, duration, relativePath } from '../scalar.ts'
import { about, says } from '../words.ts'
import { common } from './common.ts'

const user = z
  .string()
  .regex(
    /^[a-z_][a-z0-9_.-]*\$?$/i,
    says('must be a user name, such as "app"', 'muss ein Benutzername sein, etwa "app"'),
  )

export const fileCheck = z
  .strictObject({
    kind: z
      .literal('file')
      .meta(
        about(
          'Looks at a file or a directory of the host',
          'Sieht eine Datei oder ein Verzeichnis des Hosts an',
        ),
      ),
    path: z
      .union([relativePath, absolutePath])
      .meta(
        about(
          'Below the root of the app, or absolute',
          'Unterhalb des Verzeichnisses der App, oder absolut',
          'shared/storage',
        ),
      ),
    exists: z
      .boolean()
      .default(true)
      .meta(about('false: it must not be there', 'false: sie darf nicht da sein')),
    type: z
      .enum(['file', 'directory', 'link'])
      .optional()
      .meta(about('What it must be', 'Was sie sein muss', 'directory')),
    writable: z
      .boolean()
      .optional()
      .meta(
        about(
          'Whether it can be written: a directory is proven by a file that is made and removed at once',
          'Ob sie beschreibbar sein muss: ein Verzeichnis wird durch eine Datei bewiesen, die sofort wieder verschwindet',
          true,
        ),
      ),
    user: user
      .optional()
      .meta(
        about(
          'User who writes; default: the one Stellwerk signs in as',
          'Benutzer, der schreibt; sonst der, als der Stellwerk sich anmeldet',
          'app',
        ),
      ),
    mode: z
      .string()
      .regex(
        /^0?[0-7]{3}$/,
        says(
          `must be an octal mode in quotes, such as '0600'`,
          `muss ein oktaler Modus in Anführungszeichen sein, etwa '0600'`,
        ),
      )
      .optional()
      .meta(about('Permissions it may have at most', 'Rechte, die sie höchstens haben darf', '0600')),
    owner: user.optional().meta(about('Owner it must have', 'Eigentümer, den sie haben muss', 'app')),
    minBytes: bytes.optional().meta(about('Least size', 'Kleinste Größe', '1kB')),
    maxAge: duration
      .optional()
      .meta(about('Longest time since its last change', 'Längste Zeit seit ihrer letzten Änderung', '1d')),
    encoding: z
      .literal('utf-8')
      .optional()
      .meta(about('Encoding of its text', 'Kodierung ihres Textes', 'utf-8')),
    contains: z
      .string()
      .regex(/^[^\n\0]+$/, says('must be one line', 'muss eine Zeile sein'))
      .optional()
      .meta(about('Text that must stand in it', 'Text, der darin stehen muss', 'listen 443')),
    ...common,
  })
  .refine(
    check =>
      check.exists ||
      ['type', 'writable', 'mode', 'owner', 'minBytes', 'maxAge', 'encoding', 'contains'].every(
        key => check[key as keyof typeof check] === undefined,
      ),
    says(
      'needs exists: false to stand alone: what is not there has no properties',
      'braucht exists: false für sich allein: was nicht da ist, hat keine Eigenschaften',
    ),
  )
  .refine(check => check.user === undefined || check.writable !== undefined, {
    ...says('needs writable: it says who writes', 'braucht writable: es sagt, wer schreibt'),
    path: ['user'],
  })
  .meta(about('A file or a directory', 'Eine Datei oder ein Verzeichnis'))
