// What keeps an SFTP destination from being reached (STW-B220 to B230).
import { type Text, text } from '../../../core/lang.ts'
import type { Problem } from '../../../core/problem.ts'

/** `address`: user@host; `port` as in the configuration. */
export interface Server {
  readonly name: string
  readonly address: string
  readonly port: number
}

export function otherHostKey(server: Server, pinned: string, shown: string): Problem {
  return {
    code: 'STW-B220',
    what: text(
      `Destination "${server.name}" shows a host key that is not the pinned one`,
      `Das Ziel „${server.name}“ zeigt einen anderen Hostschlüssel als den hinterlegten`,
    ),
    why: text(
      `pinned is ${pinned}, it shows ${shown}: it was set up again, or somebody is in between`,
      `hinterlegt ist ${pinned}, es zeigt ${shown}: es wurde neu aufgesetzt, oder jemand sitzt dazwischen`,
    ),
    next: [
      text(
        'Compare the fingerprint with the one the machine itself shows, and only then change hostKey',
        'Den Fingerabdruck mit dem vergleichen, den die Maschine selbst zeigt, und erst dann hostKey ändern',
      ),
      same(`ssh-keyscan -p ${server.port} ${hostOf(server)} | ssh-keygen -lf -`),
    ],
  }
}

export function noCredentials(server: Server): Problem {
  return {
    code: 'STW-B221',
    what: text(
      `There is nothing to sign in to destination "${server.name}" with`,
      `Für die Anmeldung am Ziel „${server.name}“ fehlt alles`,
    ),
    why: text(
      'it has no identityFile, and its password is not set or empty',
      'es hat keine identityFile, und sein Passwort ist nicht gesetzt oder leer',
    ),
  }
}

export function keyUnreadable(server: Server, file: string, why: string): Problem {
  return {
    code: 'STW-B222',
    what: text(
      `The key file ${file} of destination "${server.name}" cannot be read`,
      `Die Schlüsseldatei ${file} des Ziels „${server.name}“ ist nicht lesbar`,
    ),
    why: text(why, why),
    next: [same(`ls -l ${file}`)],
  }
}

export function keyExposed(server: Server, file: string, mode: string): Problem {
  return {
    code: 'STW-B223',
    what: text(
      `The key file ${file} of destination "${server.name}" can be read by others`,
      `Die Schlüsseldatei ${file} des Ziels „${server.name}“ ist für andere lesbar`,
    ),
    why: text(`its mode is ${mode}`, `ihr Modus ist ${mode}`),
    next: [same(`chmod 600 ${file}`)],
  }
}

export function keyEncrypted(server: Server, file: string): Problem {
  return {
    code: 'STW-B224',
    what: text(
      `The key file ${file} of destination "${server.name}" has a passphrase`,
      `Die Schlüsseldatei ${file} des Ziels „${server.name}“ hat eine Passphrase`,
    ),
    why: text('nobody is there at night to type it', 'nachts ist niemand da, der sie eingibt'),
    next: [
      text(
        'Make a key without one that may do nothing but reach this account: ssh-keygen -t ed25519 -N "" -f ~/.ssh/backup',
        'Einen Schlüssel ohne Passphrase anlegen, der nur dieses Konto erreicht: ssh-keygen -t ed25519 -N "" -f ~/.ssh/backup',
      ),
    ],
  }
}

export function notAKey(server: Server, file: string, why: Text): Problem {
  return {
    code: 'STW-B225',
    what: text(
      `The key file ${file} of destination "${server.name}" is no private key`,
      `Die Schlüsseldatei ${file} des Ziels „${server.name}“ ist kein privater Schlüssel`,
    ),
    why,
  }
}

export function signInRefused(server: Server, tried: readonly ('key' | 'password')[]): Problem {
  const german = { key: 'den Schlüssel', password: 'das Passwort' }
  return {
    code: 'STW-B226',
    what: text(
      `Destination "${server.name}" does not let ${server.address} sign in`,
      `Das Ziel „${server.name}“ lässt ${server.address} nicht hinein`,
    ),
    why: text(
      `it refused the ${tried.join(' and the ')}`,
      `es lehnte ${tried.map(one => german[one]).join(' und ')} ab`,
    ),
    next: [same(`sftp -P ${server.port} ${server.address}`)],
  }
}

export function unreachable(server: Server, why: Text): Problem {
  return {
    code: 'STW-B227',
    what: text(
      `Destination "${server.name}" is not reached (${server.address}, port ${server.port})`,
      `Das Ziel „${server.name}“ ist nicht erreichbar (${server.address}, Port ${server.port})`,
    ),
    why,
    next: [same(`sftp -P ${server.port} ${server.address}`)],
  }
}

export function noSftp(server: Server, why: Text): Problem {
  return {
    code: 'STW-B228',
    what: text(
      `Destination "${server.name}" offers ${server.address} no SFTP`,
      `Das Ziel „${server.name}“ bietet ${server.address} kein SFTP an`,
    ),
    why,
    next: [
      text(
        'Switch SFTP on there, and allow it for this account',
        'SFTP dort einschalten und für dieses Konto erlauben',
      ),
    ],
  }
}

function hostOf({ address }: Server): string {
  return address.slice(address.lastIndexOf('@') + 1).replace(/^\[|\]$/g, '')
}

function same(command: string): Text {
  return text(command, command)
}
