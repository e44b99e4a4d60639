// C040-C059: environments, variables, secrets.
import { type Text, text } from '../../core/lang.ts'
import { words } from '../../core/shell.ts'
import { both, fault, list, meant, wrap } from './fault.ts'

export const variableFaults = {
  noEnvironment: (name: string, near: string | undefined, known: readonly string[]) =>
    fault('C040', text(`There is no environment "${name}"`, `Eine Umgebung "${name}" gibt es nicht`), {
      next: near ? meant(near) : [text(`There are: ${list(known)}`, `Es gibt: ${list(known)}`)],
    }),
  chooseEnvironment: (known: readonly string[]) =>
    fault(
      'C041',
      text(`Which environment? There are: ${list(known)}`, `Welche Umgebung? Es gibt: ${list(known)}`),
    ),
  notOverridable: (key: string) =>
    fault(
      'C042',
      text(
        `"${key}" cannot differ between environments`,
        `"${key}" kann sich zwischen Umgebungen nicht unterscheiden`,
      ),
    ),
  unset: (path: string, name: string, environment: string | undefined) =>
    fault(
      'C043',
      text(
        `${path} uses ${wrap(name)}, which is not set`,
        `${path} benutzt ${wrap(name)}; das ist nicht gesetzt`,
      ),
      {
        next: [
          both(`export ${name}=...`),
          text(
            `Or set it under environments.${environment ?? '<name>'}.env, or give a default: $\{${name}:-value}`,
            `Oder unter environments.${environment ?? '<Name>'}.env setzen, oder mit Vorgabe: $\{${name}:-Wert}`,
          ),
        ],
      },
    ),
  badReference: (path: string, found: string) =>
    fault(
      'C044',
      text(
        `${path} holds "${found}", which is not a reference`,
        `${path} enthält "${found}"; das ist kein Verweis`,
      ),
      {
        next: [
          text(
            'A reference is ${NAME} or ${NAME:-default}; write $${ for the characters themselves',
            'Ein Verweis ist ${NAME} oder ${NAME:-Vorgabe}; $${ steht für die Zeichen selbst',
          ),
        ],
      },
    ),
  undeclaredSecret: (path: string, name: string) =>
    fault(
      'C045',
      text(
        `${path} uses ${wrap(name)}, which looks like a secret but is not declared as one`,
        `${path} benutzt ${wrap(name)}; das sieht nach einem Geheimnis aus, ist aber nicht als solches erklärt`,
      ),
      {
        why: text('Its value would stand in plans and reports', 'Sein Wert stünde in Plänen und Berichten'),
        next: [both(`secrets: { ${name}: { env: ${name} } }`)],
      },
    ),
  secretUnset: (name: string, variable: string) =>
    fault(
      'C046',
      text(
        `The secret ${name} is empty: the variable ${variable} is not set`,
        `Das Geheimnis ${name} ist leer: die Variable ${variable} ist nicht gesetzt`,
      ),
      { next: [both(`export ${variable}=...`)] },
    ),
  secretUnreadable: (name: string, file: string, why: Text | undefined) =>
    fault(
      'C047',
      text(
        `The secret ${name} cannot be read from "${file}"`,
        `Das Geheimnis ${name} ist aus "${file}" nicht lesbar`,
      ),
      { why },
    ),
  secretMode: (name: string, path: string, mode: string) =>
    fault(
      'C048',
      text(
        `The file of the secret ${name} is open to others (mode ${mode})`,
        `Die Datei des Geheimnisses ${name} ist für andere offen (Rechte ${mode})`,
      ),
      { next: [both(words('chmod', '600', path))] },
    ),
  secretEmpty: (name: string, file: string) =>
    fault(
      'C049',
      text(
        `The secret ${name} is empty: "${file}" holds nothing`,
        `Das Geheimnis ${name} ist leer: "${file}" enthält nichts`,
      ),
    ),
  runtimeName: (path: string, name: string) =>
    fault(
      'C050',
      text(
        `${path} uses ${wrap(name)}, which exists only when a service command runs`,
        `${path} benutzt ${wrap(name)}; das gibt es nur, wenn der Befehl eines Dienstes läuft`,
      ),
      {
        next: [
          text(
            'Use it in the command itself, or write the value here',
            'Im Befehl selbst benutzen, oder hier den Wert schreiben',
          ),
        ],
      },
    ),
  nestedReference: (path: string, name: string) =>
    fault(
      'C051',
      text(
        `The value of ${wrap(name)} in ${path} itself holds a reference to a secret`,
        `Der Wert von ${wrap(name)} in ${path} enthält selbst einen Verweis auf ein Geheimnis`,
      ),
      {
        why: text(
          'Values from outside the file are taken as they are',
          'Werte von außerhalb der Datei werden genommen, wie sie sind',
        ),
      },
    ),
} as const
