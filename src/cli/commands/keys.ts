// Signatures of bundles.
import { exitCode } from '../../core/exit-code.ts'
import { text } from '../../core/lang.ts'
import type { Command } from '../command.ts'

const { done, failedAndUnchanged, usage } = exitCode

export const keys: readonly Command[] = [
  {
    name: 'keys generate',
    about: text(
      'make a key pair that signs bundles (minisign format)',
      'ein Schlüsselpaar erzeugen, das Bundles signiert (minisign-Format)',
    ),
    flags: [
      {
        name: 'out',
        value: 'file',
        about: text(
          'secret key file; the public key gets .pub',
          'Datei des geheimen Schlüssels; der öffentliche bekommt .pub',
        ),
      },
      { name: 'force', about: text('overwrite', 'überschreiben') },
    ],
    examples: ['stellwerk keys generate --out ~/.stellwerk/app.key'],
    exits: [done, failedAndUnchanged, usage],
    load: () => import('../run/keys-generate.ts'),
  },
  {
    name: 'keys verify',
    about: text(
      'verify a bundle: every file, and the signature when a key is given',
      'ein Bundle prüfen: jede Datei, und die Signatur, wenn ein Schlüssel angegeben ist',
    ),
    args: [{ name: 'bundle', about: text('bundle file', 'Bundle-Datei'), required: true }],
    flags: [
      {
        name: 'key',
        value: 'public-key',
        about: text('minisign public key or its file', 'öffentlicher minisign-Schlüssel oder seine Datei'),
      },
    ],
    examples: ['stellwerk keys verify app-1.0.0-abc1234.stw.tar.zst --key RWQ...'],
    exits: [done, failedAndUnchanged, usage],
    load: () => import('../run/keys-verify.ts'),
  },
]
