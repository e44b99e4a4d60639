// Turns what the OpenSSH client says when it cannot connect into a Problem that says what to do.
import { type Text, text } from '../../core/lang.ts'
import type { Problem, Where } from '../../core/problem.ts'
import { quote } from '../../core/shell.ts'

/** What is known about the host that was not reached; fields absent when unknown. */
export interface Target {
  /** Name in stellwerk.yaml. */
  readonly name?: string
  /** As given to ssh: `user@host` or a name of ssh_config. */
  readonly address?: string
  /** As ssh resolved it. */
  readonly hostname?: string
  readonly port?: number
  readonly sshConfig?: string
}

interface Failure {
  readonly code: string
  readonly pattern: RegExp
  readonly what: (host: string) => Text
  readonly why?: Text
  readonly next: (target: Target) => readonly Text[]
}

/** Stands for every failure that no pattern knows. */
const otherFailure = 'STW-H001'

/** First match wins: a changed key also prints that verification failed, a bad key file also that permission is denied. */
const failures: readonly Failure[] = [
  {
    code: 'STW-H002',
    pattern: /REMOTE HOST IDENTIFICATION HAS CHANGED/,
    what: host =>
      text(`The host key of ${host} has changed`, `Der Hostschlüssel von ${host} hat sich geändert`),
    why: text(
      'The key that the host shows is not the one in known_hosts: the host was set up again, or somebody is in between',
      'Der Host zeigt einen anderen Schlüssel als in known_hosts: er wurde neu aufgesetzt, oder jemand sitzt dazwischen',
    ),
    next: target => [
      compareFingerprint,
      same(`ssh-keygen -R ${quote(knownName(target))}`),
      same(`${keyscan(target)} >> ~/.ssh/known_hosts`),
    ],
  },
  {
    code: 'STW-H003',
    pattern: /host key is known for|Host key verification failed|authenticity of host/,
    what: host =>
      text(`The host key of ${host} is not known`, `Der Hostschlüssel von ${host} ist nicht bekannt`),
    why: text(
      'Only hosts whose key is in known_hosts are trusted',
      'Vertraut wird nur Hosts, deren Schlüssel in known_hosts steht',
    ),
    next: target => [
      same(`${keyscan(target)} | ssh-keygen -lf -`),
      compareFingerprint,
      same(`${keyscan(target)} >> ~/.ssh/known_hosts`),
    ],
  },
  {
    code: 'STW-H004',
    pattern:
      /UNPROTECTED PRIVATE KEY FILE|Identity file .* not accessible|Load key .*:|Bad owner or permissions on .*id_/,
    what: host =>
      text(`The key file for ${host} cannot be used`, `Die Schlüsseldatei für ${host} ist nicht nutzbar`),
    why: text(
      'It is missing, not a private key, or readable by others',
      'Sie fehlt, ist kein privater Schlüssel oder ist für andere lesbar',
    ),
    next: target => [same('chmod 600 ~/.ssh/id_ed25519'), same(verbose(target))],
  },
  {
    code: 'STW-H005',
    pattern: /Permission denied|Too many authentication failures|No supported authentication methods/,
    what: host => text(`${host} refused the key`, `${host} hat den Schlüssel abgelehnt`),
    why: text(
      'No key that ssh offered is allowed to sign in as this user; nobody is asked for a password',
      'Kein angebotener Schlüssel darf sich als dieser Benutzer anmelden; nach einem Passwort wird nicht gefragt',
    ),
    next: target => [same('ssh-add -l'), same('ssh-add ~/.ssh/id_ed25519'), same(verbose(target))],
  },
  {
    code: 'STW-H006',
    pattern: /Could not resolve hostname|Name or service not known|nodename nor servname/,
    what: host =>
      text(`The name of ${host} cannot be resolved`, `Der Name von ${host} lässt sich nicht auflösen`),
    next: target => [
      same(`getent hosts ${quote(target.hostname ?? hostPart(target))}`),
      text('Check the address in stellwerk.yaml', 'Adresse in stellwerk.yaml prüfen'),
    ],
  },
  {
    code: 'STW-H007',
    pattern: /Connection refused/,
    what: host => text(`${host} refused the connection`, `${host} hat die Verbindung abgelehnt`),
    why: text('Nothing listens on this port', 'Auf diesem Port hört nichts'),
    next: target => [
      text('Check the port, and that sshd runs on the host', 'Port prüfen, und ob sshd auf dem Host läuft'),
      same(verbose(target)),
    ],
  },
  {
    code: 'STW-H008',
    pattern: /timed out|Timeout, server .* not responding/i,
    what: host => text(`${host} does not answer`, `${host} antwortet nicht`),
    why: text(
      'The host is off, or a firewall drops the packets',
      'Der Host ist aus, oder eine Firewall verwirft die Pakete',
    ),
    next: target => [same(verbose(target))],
  },
  {
    code: 'STW-H009',
    pattern: /No route to host|Network is unreachable|Host is down/,
    what: host => text(`There is no route to ${host}`, `Es gibt keinen Weg zu ${host}`),
    next: () => [text('Check network, VPN and firewall', 'Netz, VPN und Firewall prüfen')],
  },
  {
    code: 'STW-H010',
    pattern:
      /Bad configuration option|Bad owner or permissions on|Can't open user config file|terminating, \d+ bad/,
    what: host =>
      text(
        `The ssh configuration for ${host} is not valid`,
        `Die ssh-Konfiguration für ${host} ist ungültig`,
      ),
    next: target => [same(`ssh -G ${words(target)}`)],
  },
  {
    code: 'STW-H011',
    pattern: /stdio forwarding failed|Connection closed by UNKNOWN|UNKNOWN port 65535/,
    what: host =>
      text(
        `${host} is not reached through the jump host`,
        `${host} ist über den Sprunghost nicht erreichbar`,
      ),
    next: target => [same(verbose(target))],
  },
  {
    code: 'STW-H012',
    pattern:
      /kex_exchange_identification|Unable to negotiate|no matching|banner exchange|Connection (reset|closed) by/,
    what: host =>
      text(
        `${host} and ssh did not agree on a connection`,
        `${host} und ssh wurden sich über die Verbindung nicht einig`,
      ),
    why: text(
      'No common algorithm, too many connections at once (MaxStartups), or the port belongs to another service',
      'Kein gemeinsames Verfahren, zu viele Verbindungen zugleich (MaxStartups), oder der Port gehört einem anderen Dienst',
    ),
    next: target => [same(verbose(target))],
  },
]

/** The Problem behind the standard error of an ssh that could not connect. */
export function classifySshFailure(stderr: string, target: Target = {}): Problem {
  const known = failures.find(failure => failure.pattern.test(stderr))
  const host = target.name ?? target.hostname ?? target.address ?? 'the host'
  const where: Where | undefined = target.name === undefined ? undefined : { host: target.name }
  const evidence = lastLines(stderr)
  return {
    code: known?.code ?? otherFailure,
    what: known?.what(host) ?? text(`No connection to ${host}`, `Keine Verbindung zu ${host}`),
    ...(where && { where }),
    ...(known?.why && { why: known.why }),
    next: known?.next(target) ?? [same(verbose(target))],
    ...(evidence !== '' && { evidence }),
  }
}

/** Whether ssh says that it never got as far as starting something on the host. Words such as "Connection closed" also
 *  come later, and a login shell may say "Permission denied" of a file. */
export function provesNoSession(stderr: string): boolean {
  return /ssh: connect to host |Could not resolve hostname |Host key verification failed|Permission denied \(|banner exchange|kex_exchange_identification/.test(
    stderr,
  )
}

const compareFingerprint = text(
  'Compare the fingerprint with the one shown on the host itself (console of the provider): ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub',
  'Fingerabdruck mit dem vergleichen, den der Host selbst zeigt (Konsole des Anbieters): ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub',
)

function same(command: string): Text {
  return text(command, command)
}

function hostPart(target: Target): string {
  return (target.address ?? 'HOST').replace(/^.*@/, '')
}

/** The name under which known_hosts keeps the key. */
function knownName(target: Target): string {
  const host = target.hostname ?? hostPart(target)
  return target.port === undefined || target.port === 22 ? host : `[${host}]:${target.port}`
}

function keyscan(target: Target): string {
  const port = target.port === undefined || target.port === 22 ? '' : `-p ${target.port} `
  return `ssh-keyscan ${port}${quote(target.hostname ?? hostPart(target))}`
}

function words(target: Target): string {
  const file = target.sshConfig === undefined ? '' : `-F ${quote(target.sshConfig)} `
  const port = target.port === undefined || target.port === 22 ? '' : `-p ${target.port} `
  return `${file}${port}${quote(target.address ?? 'HOST')}`
}

function verbose(target: Target): string {
  return `ssh -v ${words(target)} true`
}

function lastLines(stderr: string): string {
  return stderr.trim().split('\n').slice(-8).join('\n').trim()
}
