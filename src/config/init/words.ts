// The comments of a new stellwerk.yaml.
import type { Lang } from '../../core/lang.ts'

const en = {
  head: 'How this app is deployed. Every key: stellwerk explain <key>; check the file: stellwerk validate',
  build: 'Runs in a clean export of the commit, once; the result goes to every host.',
  noTest: 'Tests that must pass before any host is touched.',
  entries: 'Files without which the app cannot start: a bundle without one is refused.',
  keep: 'Releases that proved themselves and stay on the host, for a rollback.',
  shared: 'What outlives a release: it lies in <root>/shared and is linked into each one.',
  prepare: 'Runs in the new release on each host, before users see it.',
  migrate: 'Runs once, from the new release, before the switch.',
  database: 'What a backup saves. The user and the password are those of the app; the password is a secret.',
  publish: 'The tools on the host ask the container here: publish this port on 127.0.0.1.',
  backup:
    'Backups: verified where they lie, made before every migration, and proven by a drill. A place elsewhere:',
  hostKey: 'ssh-keyscan -t ed25519 nas.example.org',
  twoPorts: 'Two ports: the old process answers until the new one is ready. It must listen on $PORT.',
  onePort:
    'One port: stopped before the new one starts. Two ports and a router lose no request. It listens on $PORT.',
  router: 'A small proxy in front of the two ports; it needs Node on the host.',
  symlink: 'Your web server serves <root>/current; the switch is one rename. Here it is asked by checks.',
  fpm: 'PHP keeps compiled files: reload it, or it answers from the old release.',
  compose: 'The services of the compose file, started in order.',
  checks: 'What must be true. The same check works as a gate, after a deploy and for ever.',
  gates: 'Before anything is changed:',
  verify: 'After the switch; when it fails, the old release is back.',
  identity: 'Best: let the app tell its release id, so that an old process cannot pass for the new one:',
  identityNode:
    'Best: answer process.env.RELEASE somewhere, so that an old process cannot pass for the new one:',
  waived: 'The app does not tell its release yet',
  local: 'This machine; or { address: deploy@www.example.org } for one that is reached by ssh.',
  host: 'As for ssh; more hosts: one line each.',
  staging: 'A second environment; other ports or sizes go under its override.',
}
const de: typeof en = {
  head: 'Wie diese App ausgeliefert wird. Jeder Schlüssel: stellwerk explain <Schlüssel>; Datei prüfen: stellwerk validate',
  build: 'Läuft einmal in einem sauberen Export des Commits; das Ergebnis geht auf jeden Host.',
  noTest: 'Tests, die bestehen müssen, bevor ein Host berührt wird.',
  entries: 'Dateien, ohne die die App nicht startet: ein Bundle ohne eine davon wird abgelehnt.',
  keep: 'Bewährte Releases, die für ein Zurückrollen auf dem Host bleiben.',
  shared: 'Was ein Release überdauert: es liegt in <root>/shared und wird in jedes verlinkt.',
  prepare: 'Läuft im neuen Release auf jedem Host, bevor Benutzer es sehen.',
  migrate: 'Läuft einmal, aus dem neuen Release, vor dem Umschalten.',
  database: 'Was ein Backup sichert. Benutzer und Passwort sind die der App; das Passwort ist ein Geheimnis.',
  publish: 'Die Werkzeuge auf dem Host fragen den Container hier: diesen Port auf 127.0.0.1 veröffentlichen.',
  backup:
    'Backups: verifiziert, wo sie liegen, vor jeder Migration gemacht und durch eine Übung bewiesen. Ein Ort anderswo:',
  hostKey: 'ssh-keyscan -t ed25519 nas.example.org',
  twoPorts: 'Zwei Ports: der alte Prozess antwortet, bis der neue bereit ist. Er muss auf $PORT lauschen.',
  onePort:
    'Ein Port: er hält an, bevor der neue startet. Zwei Ports und ein Router verlieren keine Anfrage. Er lauscht auf $PORT.',
  router: 'Ein kleiner Proxy vor den zwei Ports; er braucht Node auf dem Host.',
  symlink:
    'Der Webserver liefert <root>/current aus; umgeschaltet wird mit einem rename. Hier fragen ihn die Prüfungen.',
  fpm: 'PHP behält übersetzte Dateien: neu laden, sonst antwortet es aus dem alten Release.',
  compose: 'Die Dienste der Compose-Datei, der Reihe nach gestartet.',
  checks: 'Was wahr sein muss. Dieselbe Prüfung dient vor dem Deploy, danach und auf Dauer.',
  gates: 'Bevor etwas geändert wird:',
  verify: 'Nach dem Umschalten; scheitert es, ist das alte Release wieder da.',
  identity: 'Am besten nennt die App ihre Release-Kennung, damit kein alter Prozess als neuer gilt:',
  identityNode: 'Am besten irgendwo process.env.RELEASE ausgeben, damit kein alter Prozess als neuer gilt:',
  waived: 'Die App nennt ihr Release noch nicht',
  local: 'Diese Maschine; oder { address: deploy@www.example.org } für eine, die über ssh erreicht wird.',
  host: 'Wie für ssh; weitere Hosts: je eine Zeile.',
  staging: 'Eine zweite Umgebung; andere Ports oder Größen gehören unter ihr override.',
}

export const words: Readonly<Record<Lang, typeof en>> = { en, de }
