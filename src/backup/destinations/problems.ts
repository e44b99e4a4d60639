// Problems of every destination (STW-B201 to B219); those of SFTP alone are in sftp/problems.ts.
import { type Text, text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'

export function pathRefused(destination: string, path: string): Problem {
  return {
    code: 'STW-B201',
    what: text(
      `${JSON.stringify(path)} is not a path below destination "${destination}"`,
      `${JSON.stringify(path)} ist kein Pfad unterhalb des Ziels „${destination}“`,
    ),
    why: text(
      'it is absolute, has an empty segment, "." or "..", or a control character',
      'er ist absolut, hat ein leeres Segment, „.“ oder „..“, oder ein Steuerzeichen',
    ),
  }
}

export function missing(destination: string, path: string): Problem {
  return {
    code: 'STW-B202',
    what: text(
      `There is no "${path}" at destination "${destination}"`,
      `„${path}“ gibt es am Ziel „${destination}“ nicht`,
    ),
  }
}

export function diskFull(destination: string, path: string, evidence?: string): Problem {
  return {
    code: 'STW-B203',
    what: text(
      `The disk of destination "${destination}" is full`,
      `Die Platte des Ziels „${destination}“ ist voll`,
    ),
    why: text(`there was no room for "${path}"`, `für „${path}“ war kein Platz`),
    next: [
      text(
        `Make room at destination "${destination}", or keep fewer sets there, then run the command again`,
        `Am Ziel „${destination}“ Platz schaffen oder dort weniger Sätze behalten, dann den Befehl erneut ausführen`,
      ),
    ],
    ...proof(evidence),
  }
}

export function sourceBroke(destination: string, path: string, why: string): Problem {
  return {
    code: 'STW-B204',
    what: text(
      `The data for "${path}" broke off on its way to destination "${destination}"`,
      `Die Daten für „${path}“ brachen auf dem Weg zum Ziel „${destination}“ ab`,
    ),
    why: text(why, why),
  }
}

export function promiseBroken(
  destination: string,
  path: string,
  promised: number,
  came: 'more' | 'fewer',
): Problem {
  const [en, de] = came === 'more' ? ['more', 'mehr'] : ['fewer', 'weniger']
  return {
    code: 'STW-B205',
    what: text(
      `"${path}" was not stored at destination "${destination}"`,
      `„${path}“ wurde am Ziel „${destination}“ nicht abgelegt`,
    ),
    why: text(
      `${en} bytes came than the ${promised} that were promised`,
      `es kamen ${de} Bytes als die ${promised}, die versprochen waren`,
    ),
  }
}

export function differs(destination: string, path: string): Problem {
  return {
    code: 'STW-B206',
    what: text(
      `What arrived of "${path}" at destination "${destination}" is not what was sent`,
      `Was von „${path}“ am Ziel „${destination}“ ankam, ist nicht, was gesendet wurde`,
    ),
    why: text('its SHA-256 is another one; it was removed', 'die SHA-256 ist eine andere; es wurde entfernt'),
  }
}

export function incomplete(destination: string, path: string): Problem {
  return {
    code: 'STW-B207',
    what: text(
      `"${path}" did not arrive whole at destination "${destination}"`,
      `„${path}“ kam am Ziel „${destination}“ nicht vollständig an`,
    ),
    why: text(
      'its size there is another one than what was sent',
      'die Größe dort ist eine andere als das Gesendete',
    ),
  }
}

export function aborted(destination: string, path: string): Problem {
  return {
    code: 'STW-B208',
    what: text(
      `The transfer of "${path}" was stopped (destination "${destination}")`,
      `Die Übertragung von „${path}“ wurde angehalten (Ziel „${destination}“)`,
    ),
  }
}

export function connectionLost(destination: string, path: string, why: Text): Problem {
  return {
    code: 'STW-B209',
    what: text(
      `The connection to destination "${destination}" broke at "${path}"`,
      `Die Verbindung zum Ziel „${destination}“ brach bei „${path}“ ab`,
    ),
    why,
    next: [
      text(
        'Run the command again: it goes on where it broke off',
        'Den Befehl erneut ausführen: er macht dort weiter, wo es abbrach',
      ),
    ],
  }
}

/** `why`: a string is what a program said, in its own words. */
export function refused(destination: string, path: string, why: Text | string, evidence?: string): Problem {
  return {
    code: 'STW-B210',
    what: text(
      `Destination "${destination}" refuses "${path}"`,
      `Das Ziel „${destination}“ verweigert „${path}“`,
    ),
    why: typeof why === 'string' ? text(why, why) : why,
    ...proof(evidence),
  }
}

export function tookTooLong(destination: string, path: string): Problem {
  return {
    code: 'STW-B211',
    what: text(
      `Destination "${destination}" took too long for "${path}"`,
      `Das Ziel „${destination}“ brauchte für „${path}“ zu lange`,
    ),
  }
}

export function notAbsolute(destination: string, path: string): Problem {
  return {
    code: 'STW-B212',
    what: text(
      `The path ${JSON.stringify(path)} of destination "${destination}" is not absolute`,
      `Der Pfad ${JSON.stringify(path)} des Ziels „${destination}“ ist nicht absolut`,
    ),
    why: text(
      'it must begin with "/" and have no "..", "." or control character',
      'er muss mit „/“ beginnen und darf kein „..“, „.“ oder Steuerzeichen haben',
    ),
  }
}

export function unmounted(destination: string, host: string, path: string): Problem {
  return {
    code: 'STW-B213',
    what: text(
      `Destination "${destination}" is not mounted on ${host}`,
      `Das Ziel „${destination}“ ist auf ${host} nicht eingehängt`,
    ),
    why: text(
      `${path} is on the file system of "/": what is written there is no second copy`,
      `${path} liegt auf dem Dateisystem von „/“: Was dort geschrieben wird, ist keine zweite Kopie`,
    ),
    next: [
      text(
        `On ${host}: mount it, then run the command again`,
        `Auf ${host}: einhängen, dann den Befehl erneut ausführen`,
      ),
      text(
        `If it is meant to be a directory of that disk: mounted: false at backup.destinations.${destination} in stellwerk.yaml`,
        `Wenn es ein Verzeichnis dieser Platte sein soll: mounted: false bei backup.destinations.${destination} in stellwerk.yaml`,
      ),
    ],
  }
}

function proof(evidence: string | undefined): { evidence?: string } {
  const lines = evidence?.trim().split('\n').slice(-8).join('\n') ?? ''
  return lines === '' ? {} : { evidence: lines }
}
