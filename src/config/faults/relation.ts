// C020-C039: keys and values that do not fit each other.
import { text } from '../../core/lang.ts'
import { both, fault, list, meant } from './fault.ts'

export const relationFaults = {
  unknownReference: (
    path: string,
    name: string,
    section: string,
    near: string | undefined,
    known: readonly string[],
  ) =>
    fault(
      'C020',
      text(
        `${path} names "${name}", which is not in ${section}`,
        `${path} nennt "${name}"; das gibt es in ${section} nicht`,
      ),
      { next: near ? meant(near) : [text(`In ${section}: ${list(known)}`, `In ${section}: ${list(known)}`)] },
    ),
  serviceCycle: (circle: readonly string[]) =>
    fault(
      'C021',
      text(
        `Services wait for each other: ${circle.join(' -> ')}`,
        `Dienste warten aufeinander: ${circle.join(' -> ')}`,
      ),
      {
        why: text('None of them could ever start', 'Keiner davon könnte je starten'),
      },
    ),
  portTaken: (port: number, by: string, host: string) =>
    fault(
      'C022',
      text(
        `Port ${port} is already used by ${by} on host ${host}`,
        `Port ${port} benutzt schon ${by} auf Host ${host}`,
      ),
      { next: [text('Give each one a port of its own', 'Jedem einen eigenen Port geben')] },
    ),
  pathWithoutAddress: (path: string, url: string) =>
    fault(
      'C023',
      text(
        `${path} is the path "${url}", but nothing says which address answers it`,
        `${path} ist der Pfad "${url}", aber nirgends steht, welche Adresse ihn beantwortet`,
      ),
      {
        why: text(
          'A path is asked at the router of each host, or at the only service that has exactly one port',
          'Ein Pfad wird am Router jedes Hosts gefragt, oder am einzigen Dienst mit genau einem Port',
        ),
        next: [
          text('Set router.listen, such as 127.0.0.1:8080', 'router.listen setzen, etwa 127.0.0.1:8080'),
          text(
            'Or write the whole address: http://127.0.0.1:8080/...',
            'Oder die ganze Adresse schreiben: http://127.0.0.1:8080/...',
          ),
        ],
      },
    ),
  routerNeedsSlots: (kind: string, service: string) =>
    fault(
      'C024',
      text(
        `The ${kind} router needs two ports of the service "${service}"`,
        `Der Router ${kind} braucht zwei Ports des Dienstes "${service}"`,
      ),
      {
        why: text(
          'It switches between two slots: the old process answers until the new one is ready',
          'Er schaltet zwischen zwei Plätzen um: der alte Prozess antwortet, bis der neue bereit ist',
        ),
        next: [
          text(
            `Make it kind: process with ports: [3001, 3002]`,
            `kind: process mit ports: [3001, 3002] wählen`,
          ),
        ],
      },
    ),
  sharedOverlap: (path: string, one: string, other: string) =>
    fault(
      'C025',
      text(`${path}: "${one}" and "${other}" overlap`, `${path}: "${one}" und "${other}" überschneiden sich`),
      {
        why: text('One link would lie inside the other', 'Ein Link läge innerhalb des anderen'),
      },
    ),
  sharedEntry: (path: string, shared: string, entry: string) =>
    fault(
      'C026',
      text(
        `${path}: "${shared}" would hide the entry file "${entry}"`,
        `${path}: "${shared}" würde die Startdatei "${entry}" verdecken`,
      ),
      {
        why: text(
          'A shared path replaces what the bundle brings, so a deploy would not change this file',
          'Ein geteilter Pfad ersetzt, was das Bundle bringt; ein Deploy würde diese Datei nicht ändern',
        ),
      },
    ),
  sameRoot: (root: string, host: string, other: string, otherRoot: string) =>
    fault(
      'C027',
      root === otherRoot
        ? text(
            `"${root}" on ${host} is also the root of ${other}`,
            `"${root}" auf ${host} ist auch das Verzeichnis von ${other}`,
          )
        : text(
            `"${root}" on ${host} overlaps "${otherRoot}", the root of ${other}`,
            `"${root}" auf ${host} überschneidet sich mit "${otherRoot}", dem Verzeichnis von ${other}`,
          ),
      {
        why: text(
          'One would switch, roll back and clean up the releases of the other',
          'Eines würde die Releases des anderen umschalten, zurückrollen und aufräumen',
        ),
      },
    ),
  systemDirectory: (path: string, root: string) =>
    fault(
      'C028',
      text(
        `${path} is "${root}", a directory of the system`,
        `${path} ist "${root}", ein Verzeichnis des Systems`,
      ),
      {
        why: text(
          'Stellwerk creates, moves and removes files below it',
          'Stellwerk legt darunter Dateien an, verschiebt und löscht sie',
        ),
        next: [
          text(
            'Use a directory of its own, such as /srv/<app>',
            'Ein eigenes Verzeichnis nehmen, etwa /srv/<App>',
          ),
        ],
      },
    ),
  unknownRole: (
    path: string,
    role: string,
    environment: string,
    near: string | undefined,
    known: readonly string[],
  ) =>
    fault(
      'C029',
      text(
        `${path} names the role "${role}", which no host of ${environment} has`,
        `${path} nennt die Rolle "${role}", die kein Host von ${environment} hat`,
      ),
      { next: near ? meant(near) : [text(`Roles there: ${list(known)}`, `Rollen dort: ${list(known)}`)] },
    ),
  samePort: (path: string, port: number) =>
    fault('C030', text(`${path} holds port ${port} twice`, `${path} enthält Port ${port} zweimal`), {
      why: text(
        'The old and the new process need a port each',
        'Der alte und der neue Prozess brauchen je einen Port',
      ),
    }),
  environmentPort: (port: number, by: string, other: string, host: string) =>
    fault(
      'C031',
      text(
        `Port ${port} of ${by} on host ${host} is also used by ${other}`,
        `Port ${port} von ${by} auf Host ${host} benutzt auch ${other}`,
      ),
      {
        next: [
          text(
            'Give one environment other ports under its override:',
            'Einer Umgebung unter override andere Ports geben:',
          ),
          both('override: { services: { <name>: { ports: [4001, 4002] } } }'),
        ],
      },
    ),
  sharedRelease: (path: string, shared: string) =>
    fault(
      'C032',
      text(`${path}: "${shared}" is the whole release`, `${path}: "${shared}" ist das ganze Release`),
      {
        why: text(
          'What all releases share cannot be different in each of them',
          'Was alle Releases teilen, kann nicht in jedem anders sein',
        ),
        next: [text('Name a path inside it, such as storage', 'Einen Pfad darin nennen, etwa storage')],
      },
    ),
} as const
