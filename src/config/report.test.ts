import { describe, expect, it } from 'vitest'
import { document, load } from '../../test/helpers/config-file.ts'
import { renderConfigProblem, renderConfigReport } from './report.ts'
import { rootSchema } from './schema/root.ts'

/** Each kind of mistake once; the snapshots hold the words. */
const values = `version: 2
app: My App
timezone: Europe/Belrin
x-notes: hello
bild:
  entries: []
build:
  entries: [server.js]
  timeout: 10
secrets:
  TOKEN: { evn: TOKEN }
release:
  keep: "seven"
  shared:
    directories: [storage, storage/uploads, server.js]
services:
  web:
    kind: process
    comand: node server.js
    ports: [3001, 3002, 3003]
    after: [wrker]
  worker: &w
    kind: proces
    command: node worker.js
    stop: { signal: KILL }
  other:
    <<: *w
    kind: process
  api:
    command: x
router: { kind: embedded, listen: "8080", service: web }
checks:
  health: { kind: http, url: "/api", expect: { json: { status: ok, "$.a": { minimum: 1 } } } }
  disk: { kind: disk }
gates: [helath, 7]
verify:
  identity: { waivd: no proof at all here }
environments:
  production:
    root: /etc/app
    hosts:
      web1: { address: -oProxyCommand=x, rols: [web] }
      web2: locl
      web3:
    batches: ["120%", 1]
    override:
      release: { keep: 1 }
      services: { web: { port: [1] } }
`

function report(result: ReturnType<typeof load>, lang: 'en' | 'de'): string {
  const shown = result.ok
    ? renderConfigReport(result.value.warnings, { lang, warning: true })
    : renderConfigReport(result.error, { lang })
  return shown.replaceAll(Object.keys(rootSchema.shape).join(', '), '<all sections>')
}

describe('the report', () => {
  it('says what is wrong with values, in English', () => {
    expect(report(load(values), 'en')).toMatchInlineSnapshot(`
      "stellwerk.yaml:1:10  version must be 1, got 2  STW-C013
        1 | version: 2
          |          ~

      stellwerk.yaml:2:6  app must start with a letter and hold only a-z, 0-9 and "-" (at most 40), got "My App"  STW-C014
        2 | app: My App
          |      ~~~~~~

      stellwerk.yaml:3:11  timezone must be an IANA time zone, such as "Europe/Berlin", got "Europe/Belrin"  STW-C014
        3 | timezone: Europe/Belrin
          |           ~~~~~~~~~~~~~

      stellwerk.yaml:5:1  There is no section "bild"  STW-C010
        5 | bild:
          | ~~~~
            -> Known are: <all sections>

      stellwerk.yaml:9:12  build.timeout must be text, got 10  STW-C012
        9 |   timeout: 10
          |            ~~
            -> Give it a unit: 10s or 10ms

      stellwerk.yaml:11:12  secrets.TOKEN has no key "evn"  STW-C010
        11 |   TOKEN: { evn: TOKEN }
           |            ~~~
             -> Did you mean "env"?

      stellwerk.yaml:13:9  release.keep must be a whole number, got "seven"  STW-C012
        13 |   keep: "seven"
           |         ~~~~~~~

      stellwerk.yaml:19:5  services.web has no key "comand"  STW-C010
        19 |     comand: node server.js
           |     ~~~~~~
             -> Did you mean "command"?

      stellwerk.yaml:20:12  services.web.ports may have at most 2 entries, got 3  STW-C015
        20 |     ports: [3001, 3002, 3003]
           |            ~~~~~~~~~~~~~~~~~~

      stellwerk.yaml:21:13  services.web.after[0] names "wrker", which is not in services  STW-C020
        21 |     after: [wrker]
           |             ~~~~~
             -> Did you mean "worker"?

      stellwerk.yaml:23:11  services.worker.kind must be one of process, systemd, command, compose; got "proces"  STW-C013
        23 |     kind: proces
           |           ~~~~~~
             -> Did you mean "process"?

      stellwerk.yaml:25:21  services.worker.stop.signal must be one of TERM, INT, QUIT, HUP, USR1, USR2; got "KILL"  STW-C013
        25 |     stop: { signal: KILL }
           |                     ~~~~

      stellwerk.yaml:25:21  services.other.stop.signal must be one of TERM, INT, QUIT, HUP, USR1, USR2; got "KILL"  STW-C013
        25 |     stop: { signal: KILL }
           |                     ~~~~

      stellwerk.yaml:29:3  services.api lacks the key "kind"  STW-C011
        29 |   api:
           |   ~~~
             -> kind: process | systemd | command | compose

      stellwerk.yaml:31:35  router.listen must be <address>:<port>, such as 127.0.0.1:8080, got "8080"  STW-C014
        31 | router: { kind: embedded, listen: "8080", service: web }
           |                                   ~~~~~~

      stellwerk.yaml:33:56  The name "status" in checks.health.expect.json must be a JSON path, such as "$.status"; known are .name, ['any name'], [0] and [*]  STW-C016
        33 |   health: { kind: http, url: "/api", expect: { json: { status: ok, "$.a": { minimum: 1 } } } }
           |                                                        ~~~~~~

      stellwerk.yaml:33:77  checks.health.expect.json["$.a"] has no key "minimum"  STW-C010
        33 |   health: { kind: http, url: "/api", expect: { json: { status: ok, "$.a": { minimum: 1 } } } }
           |                                                                             ~~~~~~~
             -> Known are: equals, not, oneOf, contains, matches, min, max, exists, minItems

      stellwerk.yaml:34:9  checks.disk needs minFree or minFreePercent: a disk check without a limit proves nothing  STW-C017
        34 |   disk: { kind: disk }
           |         ~~~~~~~~~~~~~~

      stellwerk.yaml:35:9  gates[0] names "helath", which is not in checks  STW-C020
        35 | gates: [helath, 7]
           |         ~~~~~~
             -> Did you mean "health"?

      stellwerk.yaml:35:17  gates[1] must be text, got 7  STW-C012
        35 | gates: [helath, 7]
           |                 ~

      stellwerk.yaml:37:15  verify.identity has no key "waivd"  STW-C010
        37 |   identity: { waivd: no proof at all here }
           |               ~~~~~
             -> Did you mean "waived"?

      stellwerk.yaml:40:11  environments.production.root is "/etc/app", a directory of the system  STW-C028
        40 |     root: /etc/app
           |           ~~~~~~~~
             Stellwerk creates, moves and removes files below it
             -> Use a directory of its own, such as /srv/<app>

      stellwerk.yaml:42:24  environments.production.hosts.web1.address must be a host name or an address, as user@host or host; it may not start with "-", got "-oProxyCommand=x"  STW-C014
        42 |       web1: { address: -oProxyCommand=x, rols: [web] }
           |                        ~~~~~~~~~~~~~~~~

      stellwerk.yaml:42:42  environments.production.hosts.web1 has no key "rols"  STW-C010
        42 |       web1: { address: -oProxyCommand=x, rols: [web] }
           |                                          ~~~~
             -> Did you mean "roles"?

      stellwerk.yaml:43:13  environments.production.hosts.web2 must be local, got "locl"  STW-C013
        43 |       web2: locl
           |             ~~~~
             -> Did you mean "local"?

      stellwerk.yaml:44:7  environments.production.hosts.web3 must be "local" or a mapping (key: value), got nothing  STW-C012
        44 |       web3:
           |       ~~~~

      stellwerk.yaml:45:15  environments.production.batches[0] must be a share from "1%" to "100%", got "120%"  STW-C014
        45 |     batches: ["120%", 1]
           |               ~~~~~~

      stellwerk.yaml:47:24  release.keep must be at least 2, got 1  STW-C015
        47 |       release: { keep: 1 }
           |                        ~

      stellwerk.yaml:48:26  services.web has no key "port"  STW-C010
        48 |       services: { web: { port: [1] } }
           |                          ~~~~
             -> Known are: kind, command, ports, ready, stop, restart, log, roles, after, drain, env

      29 problems"
    `)
  })

  it('says what is wrong with values, in German', () => {
    expect(report(load(values), 'de')).toMatchInlineSnapshot(`
      "stellwerk.yaml:1:10  version muss 1 sein, ist aber 2  STW-C013
        1 | version: 2
          |          ~

      stellwerk.yaml:2:6  app muss mit einem Buchstaben beginnen und darf nur a-z, 0-9 und "-" enthalten (höchstens 40), ist aber "My App"  STW-C014
        2 | app: My App
          |      ~~~~~~

      stellwerk.yaml:3:11  timezone muss eine IANA-Zeitzone sein, etwa "Europe/Berlin", ist aber "Europe/Belrin"  STW-C014
        3 | timezone: Europe/Belrin
          |           ~~~~~~~~~~~~~

      stellwerk.yaml:5:1  Einen Abschnitt "bild" gibt es nicht  STW-C010
        5 | bild:
          | ~~~~
            -> Bekannt sind: <all sections>

      stellwerk.yaml:9:12  build.timeout muss ein Text sein, ist aber 10  STW-C012
        9 |   timeout: 10
          |            ~~
            -> Mit Einheit schreiben: 10s oder 10ms

      stellwerk.yaml:11:12  secrets.TOKEN hat keinen Schlüssel "evn"  STW-C010
        11 |   TOKEN: { evn: TOKEN }
           |            ~~~
             -> War "env" gemeint?

      stellwerk.yaml:13:9  release.keep muss eine ganze Zahl sein, ist aber "seven"  STW-C012
        13 |   keep: "seven"
           |         ~~~~~~~

      stellwerk.yaml:19:5  services.web hat keinen Schlüssel "comand"  STW-C010
        19 |     comand: node server.js
           |     ~~~~~~
             -> War "command" gemeint?

      stellwerk.yaml:20:12  services.web.ports darf höchstens 2 Einträge haben, gefunden: 3  STW-C015
        20 |     ports: [3001, 3002, 3003]
           |            ~~~~~~~~~~~~~~~~~~

      stellwerk.yaml:21:13  services.web.after[0] nennt "wrker"; das gibt es in services nicht  STW-C020
        21 |     after: [wrker]
           |             ~~~~~
             -> War "worker" gemeint?

      stellwerk.yaml:23:11  services.worker.kind muss eines von process, systemd, command, compose sein, ist aber "proces"  STW-C013
        23 |     kind: proces
           |           ~~~~~~
             -> War "process" gemeint?

      stellwerk.yaml:25:21  services.worker.stop.signal muss eines von TERM, INT, QUIT, HUP, USR1, USR2 sein, ist aber "KILL"  STW-C013
        25 |     stop: { signal: KILL }
           |                     ~~~~

      stellwerk.yaml:25:21  services.other.stop.signal muss eines von TERM, INT, QUIT, HUP, USR1, USR2 sein, ist aber "KILL"  STW-C013
        25 |     stop: { signal: KILL }
           |                     ~~~~

      stellwerk.yaml:29:3  In services.api fehlt der Schlüssel "kind"  STW-C011
        29 |   api:
           |   ~~~
             -> kind: process | systemd | command | compose

      stellwerk.yaml:31:35  router.listen muss <Adresse>:<Port> sein, etwa 127.0.0.1:8080, ist aber "8080"  STW-C014
        31 | router: { kind: embedded, listen: "8080", service: web }
           |                                   ~~~~~~

      stellwerk.yaml:33:56  Der Name "status" in checks.health.expect.json muss ein JSON-Pfad sein, etwa "$.status"; bekannt sind .name, ['beliebiger Name'], [0] und [*]  STW-C016
        33 |   health: { kind: http, url: "/api", expect: { json: { status: ok, "$.a": { minimum: 1 } } } }
           |                                                        ~~~~~~

      stellwerk.yaml:33:77  checks.health.expect.json["$.a"] hat keinen Schlüssel "minimum"  STW-C010
        33 |   health: { kind: http, url: "/api", expect: { json: { status: ok, "$.a": { minimum: 1 } } } }
           |                                                                             ~~~~~~~
             -> Bekannt sind: equals, not, oneOf, contains, matches, min, max, exists, minItems

      stellwerk.yaml:34:9  checks.disk braucht minFree oder minFreePercent: eine Plattenprüfung ohne Grenze beweist nichts  STW-C017
        34 |   disk: { kind: disk }
           |         ~~~~~~~~~~~~~~

      stellwerk.yaml:35:9  gates[0] nennt "helath"; das gibt es in checks nicht  STW-C020
        35 | gates: [helath, 7]
           |         ~~~~~~
             -> War "health" gemeint?

      stellwerk.yaml:35:17  gates[1] muss ein Text sein, ist aber 7  STW-C012
        35 | gates: [helath, 7]
           |                 ~

      stellwerk.yaml:37:15  verify.identity hat keinen Schlüssel "waivd"  STW-C010
        37 |   identity: { waivd: no proof at all here }
           |               ~~~~~
             -> War "waived" gemeint?

      stellwerk.yaml:40:11  environments.production.root ist "/etc/app", ein Verzeichnis des Systems  STW-C028
        40 |     root: /etc/app
           |           ~~~~~~~~
             Stellwerk legt darunter Dateien an, verschiebt und löscht sie
             -> Ein eigenes Verzeichnis nehmen, etwa /srv/<App>

      stellwerk.yaml:42:24  environments.production.hosts.web1.address muss ein Hostname oder eine Adresse sein, als user@host oder host; "-" am Anfang ist nicht erlaubt, ist aber "-oProxyCommand=x"  STW-C014
        42 |       web1: { address: -oProxyCommand=x, rols: [web] }
           |                        ~~~~~~~~~~~~~~~~

      stellwerk.yaml:42:42  environments.production.hosts.web1 hat keinen Schlüssel "rols"  STW-C010
        42 |       web1: { address: -oProxyCommand=x, rols: [web] }
           |                                          ~~~~
             -> War "roles" gemeint?

      stellwerk.yaml:43:13  environments.production.hosts.web2 muss local sein, ist aber "locl"  STW-C013
        43 |       web2: locl
           |             ~~~~
             -> War "local" gemeint?

      stellwerk.yaml:44:7  environments.production.hosts.web3 muss "local" oder eine Abbildung (Schlüssel: Wert) sein, ist aber leer  STW-C012
        44 |       web3:
           |       ~~~~

      stellwerk.yaml:45:15  environments.production.batches[0] muss ein Anteil von "1%" bis "100%" sein, ist aber "120%"  STW-C014
        45 |     batches: ["120%", 1]
           |               ~~~~~~

      stellwerk.yaml:47:24  release.keep muss mindestens 2 sein, gefunden: 1  STW-C015
        47 |       release: { keep: 1 }
           |                        ~

      stellwerk.yaml:48:26  services.web hat keinen Schlüssel "port"  STW-C010
        48 |       services: { web: { port: [1] } }
           |                          ~~~~
             -> Bekannt sind: kind, command, ports, ready, stop, restart, log, roles, after, drain, env

      29 Fehler"
    `)
  })

  it('says what is wrong with the text itself', () => {
    const texts = [
      '',
      'a: [1\nb: 2\n',
      '\ta: 1\n',
      'app: a\napp: b\n',
      'app: !name a\n',
      'app: *name\n',
      '? [a]\n: b\n',
      '<<: 1\n',
      'a: 1\n---\nb: 2\n',
      'just text\n',
      `a: ${'['.repeat(200)}${']'.repeat(200)}\n`,
    ]
    const shown = texts.map(content => {
      const result = load(content)
      const aboutText = result.ok ? [] : result.error.filter(problem => problem.code !== 'STW-C011')
      return aboutText.slice(0, 1).map(problem => renderConfigProblem(problem, { lang: 'en' }))
    })

    expect(shown.join('\n')).toMatchInlineSnapshot(`
      "stellwerk.yaml:1:1  The file is empty  STW-C004
        1 | 
          | ~
            -> stellwerk init
      stellwerk.yaml:2:1  This is not valid YAML: the indentation does not fit the lines above  STW-C001
        2 | b: 2
          | ~
      stellwerk.yaml:1:1  This is not valid YAML: a tab in the indentation; YAML indents with spaces  STW-C001
        1 |  a: 1
          | ~
      stellwerk.yaml:2:1  The key "app" stands twice in the same mapping  STW-C002
        2 | app: b
          | ~~~
            Only one of the two could count, and a reader cannot tell which
            -> Remove one of the two
      stellwerk.yaml:1:6  The tag "!name" is not known here  STW-C003
        1 | app: !name a
          |      ~~~~~
            -> Write the value without the tag, in quotes if it is text
      stellwerk.yaml:1:6  The alias "*name" leads nowhere  STW-C006
        1 | app: *name
          |      ~~~~~
            An anchor "&name" must stand above it and may not contain it
      stellwerk.yaml:1:3  A key must be plain text  STW-C005
        1 | ? [a]
          |   ~~~
      stellwerk.yaml:1:1  "<<" takes a mapping or a list of mappings  STW-C008
        1 | <<: 1
          | ~~
      stellwerk.yaml:2:1  This is not valid YAML: a second document starts here ("---"); one file holds one  STW-C001
        2 | ---
          | ~~~
      stellwerk.yaml:1:1  stellwerk.yaml must be a mapping (key: value), got "just text"  STW-C012
        1 | just text
          | ~
      stellwerk.yaml:1:1  The file is too large or nested too deeply  STW-C007
        1 | a: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[...
          | ~
            At most 1 MB, 50 000 values, 1 000 entries of one mapping or list and 100 levels are read"
    `)
  })

  it.each([
    ['checks: { disk: { kind: disk, minFree: 1GB, every: 100 } }', 'Give it a unit: 100s or 100ms'],
    ['checks: { disk: { kind: disk, minFree: 100 } }', 'Give it a unit: 100MB or 100GB'],
    ['timezone: 1', undefined],
    ['app: 1', undefined],
    ['environments: { p: { branch: 1, root: /srv/x, hosts: { a: local } } }', 'Put it in quotes: "1"'],
    ['environments: { p: { root: /srv/x, hosts: { a: web1 } } }', 'Write it as { address: web1 }'],
    [
      'environments: { p: { root: /srv/x, hosts: { a: "a b" } } }',
      'Write it as { address: deploy@web1.example.org }',
    ],
    [
      'environments: { p: { root: /srv/x, hosts: { a: -o=x } } }',
      'Write it as { address: deploy@web1.example.org }',
    ],
    ['environments: { p: { root: /srv/x, hosts: { a: locl } } }', 'Did you mean "local"?'],
  ])('%s: the way out leads out', (content, expected) => {
    const result = load(content)
    const found = result.ok
      ? []
      : result.error.filter(({ code }) => code !== 'STW-C011' && code !== 'STW-C023')

    expect(found.map(problem => problem.next?.[0]?.en)).toEqual([expected])
  })

  it('paints with the function it is given', () => {
    const result = load(document({ app: 'app: A' }))
    const problem = result.ok ? undefined : result.error[0]
    const paint = (part: string, words: string) => `<${part}>${words}</${part}>`

    expect(problem && renderConfigProblem(problem, { lang: 'en', paint })).toContain(
      '<place>stellwerk.yaml:2:6</place>',
    )
    expect(problem && renderConfigProblem(problem, { lang: 'en', paint })).toContain('<mark>~</mark>')
  })

  it('puts the mark under wide and tabbed text, and lets no control character through', () => {
    const result = load(document({ app: 'app: { "名前": 1, "\u001b[31m": 2 }' }))
    const shown = result.ok ? '' : renderConfigProblem(result.error[0]!, { lang: 'en' })

    expect(shown).not.toContain('\u001b')
  })
})
