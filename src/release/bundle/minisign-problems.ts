// What can be wrong with a key or a signature.
import { type Text, text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'

export function keyUnreadable(which: 'public' | 'secret', why: Text): Problem {
  return {
    code: 'STW-R130',
    what:
      which === 'public'
        ? text(
            'The public key is not a minisign key',
            'Der öffentliche Schlüssel ist kein minisign-Schlüssel',
          )
        : text('The secret key is not a minisign key', 'Der geheime Schlüssel ist kein minisign-Schlüssel'),
    why,
    next: [text('Make a pair with: minisign -G', 'Ein Paar erzeugen mit: minisign -G')],
  }
}

export function wrongPassword(given: boolean): Problem {
  return {
    code: 'STW-R131',
    what: given
      ? text('The password does not open the secret key', 'Das Passwort öffnet den geheimen Schlüssel nicht')
      : text(
          'The secret key needs a password, and none was given',
          'Der geheime Schlüssel braucht ein Passwort, und keines wurde angegeben',
        ),
  }
}

export function signatureUnreadable(why: Text): Problem {
  return {
    code: 'STW-R132',
    what: text('The signature is not in the minisign format', 'Die Signatur hat nicht das minisign-Format'),
    why,
  }
}

export function untrustedKey(keyId: string, trusted: readonly string[]): Problem {
  return {
    code: 'STW-R133',
    what: text(
      `The signature is by the key ${keyId}, which is not trusted`,
      `Die Signatur stammt vom Schlüssel ${keyId}, der nicht vertraut ist`,
    ),
    why: text(`Trusted: ${trusted.join(', ') || 'none'}`, `Vertraut: ${trusted.join(', ') || 'keiner'}`),
    next: [
      text(
        'Find out who signed it before adding the key to the trusted ones',
        'Klären, wer signiert hat, bevor der Schlüssel zu den vertrauten kommt',
      ),
    ],
  }
}

export function signatureWrong(keyId: string, part: 'content' | 'comment'): Problem {
  return {
    code: 'STW-R134',
    what:
      part === 'content'
        ? text(
            `The signature of the key ${keyId} does not fit the content`,
            `Die Signatur des Schlüssels ${keyId} passt nicht zum Inhalt`,
          )
        : text(
            `The trusted comment was changed after the key ${keyId} signed it`,
            `Der vertraute Kommentar wurde verändert, nachdem der Schlüssel ${keyId} ihn signiert hat`,
          ),
    why: text(
      'The bundle or its signature was changed, or belongs to another build',
      'Das Bundle oder seine Signatur wurde verändert oder gehört zu einem anderen Bau',
    ),
    next: [
      text(
        'Do not deploy it; get it again from where it was built',
        'Nicht ausrollen; neu von der Quelle holen',
      ),
    ],
  }
}
