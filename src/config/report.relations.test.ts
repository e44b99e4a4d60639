import { describe, expect, it } from 'vitest'
import { document, load, sections } from '../../test/helpers/config-file.ts'
import { renderConfigReport } from './report.ts'

const relations = document({
  services: [
    'services:',
    '  web: { kind: process, command: x, ports: [3001, 3001], after: [worker], roles: [wep] }',
    '  worker: { kind: process, command: x, ports: [3001], after: [web] }',
  ].join('\n'),
  router: 'router: { kind: nginx, include: /etc/nginx/a.conf, upstream: a, service: worker }',
  more: 'release: { shared: { directories: [storage, storage/logs], files: [server.js] } }',
  environments: `${sections.environments}\n  staging: { root: /srv/askpro/staging, hosts: { a: { address: web1.example.org } } }`,
})

const variables = document({
  more: 'secrets: { A: { env: A }, B: { file: b }, C: { file: c }, D: { file: d } }',
  services:
    'services: { web: { kind: process, command: x, ports: [1, 2], env: { A: "${NO}", B: "${-}", C: "${TOKEN}", D: "${PORT}", E: "${SLY}" } } }',
  environments: `${sections.environments}\n    override: { app: other }`,
})
const around = {
  env: { TOKEN: 'sentinel', SLY: '${A}' },
  files: { '/work/c': { text: 'sentinel', mode: 0o644 }, '/work/d': { text: '', mode: 0o600 } },
}

function report(result: ReturnType<typeof load>, lang: 'en' | 'de'): string {
  return result.ok
    ? renderConfigReport(result.value.warnings, { lang, warning: true })
    : renderConfigReport(result.error, { lang })
}

describe('the report', () => {
  it('says what does not fit together', () => {
    expect(report(load(relations, { environment: 'production' }), 'en')).toMatchInlineSnapshot(`
      "stellwerk.yaml:5:45  Port 3001 of services.web on host a is also used by environments.production  STW-C031
        5 |   web: { kind: process, command: x, ports: [3001, 3001], after: [worker], roles: [wep] }
          |                                             ~~~~
            -> Give one environment other ports under its override:
            -> override: { services: { <name>: { ports: [4001, 4002] } } }

      stellwerk.yaml:5:51  services.web.ports holds port 3001 twice  STW-C030
        5 |   web: { kind: process, command: x, ports: [3001, 3001], after: [worker], roles: [wep] }
          |                                                   ~~~~
            The old and the new process need a port each

      stellwerk.yaml:5:51  Port 3001 of services.web on host a is also used by environments.production  STW-C031
        5 |   web: { kind: process, command: x, ports: [3001, 3001], after: [worker], roles: [wep] }
          |                                                   ~~~~
            -> Give one environment other ports under its override:
            -> override: { services: { <name>: { ports: [4001, 4002] } } }

      stellwerk.yaml:5:83  services.web.roles[0] names the role "wep", which no host of production has  STW-C029
        5 |   web: { kind: process, command: x, ports: [3001, 3001], after: [worker], roles: [wep] }
          |                                                                                   ~~~
            -> Did you mean "web"?

      stellwerk.yaml:6:48  Port 3001 of services.worker on host a is also used by environments.production  STW-C031
        6 |   worker: { kind: process, command: x, ports: [3001], after: [web] }
          |                                                ~~~~
            -> Give one environment other ports under its override:
            -> override: { services: { <name>: { ports: [4001, 4002] } } }

      stellwerk.yaml:6:63  Services wait for each other: web -> worker -> web  STW-C021
        6 |   worker: { kind: process, command: x, ports: [3001], after: [web] }
          |                                                               ~~~
            None of them could ever start

      stellwerk.yaml:7:74  The nginx router needs two ports of the service "worker"  STW-C024
        7 | router: { kind: nginx, include: /etc/nginx/a.conf, upstream: a, service: worker }
          |                                                                          ~~~~~~
            It switches between two slots: the old process answers until the new one is ready
            -> Make it kind: process with ports: [3001, 3002]

      stellwerk.yaml:9:30  checks.health.url is the path "/api/health", but nothing says which address answers it  STW-C023
        9 |   health: { kind: http, url: /api/health }
          |                              ~~~~~~~~~~~
            A path is asked at the router of each host, or at the only service that has exactly one port
            -> Set router.listen, such as 127.0.0.1:8080
            -> Or write the whole address: http://127.0.0.1:8080/...

      stellwerk.yaml:12:11  verify.identity.url is the path "/", but nothing says which address answers it  STW-C023
        12 | verify: { identity: { json: $.release }, health: [health] }
           |           ~~~~~~~~
             A path is asked at the router of each host, or at the only service that has exactly one port
             -> Set router.listen, such as 127.0.0.1:8080
             -> Or write the whole address: http://127.0.0.1:8080/...

      stellwerk.yaml:19:20  "/srv/askpro/staging" on a overlaps "/srv/askpro", the root of environments.production  STW-C027
        19 |   staging: { root: /srv/askpro/staging, hosts: { a: { address: web1.example.org } } }
           |                    ~~~~~~~~~~~~~~~~~~~
             One would switch, roll back and clean up the releases of the other

      stellwerk.yaml:20:45  release.shared.directories[1]: "storage/logs" and "storage" overlap  STW-C025
        20 | release: { shared: { directories: [storage, storage/logs], files: [server.js] } }
           |                                             ~~~~~~~~~~~~
             One link would lie inside the other

      stellwerk.yaml:20:68  release.shared.files[0]: "server.js" would hide the entry file "server.js"  STW-C026
        20 | release: { shared: { directories: [storage, storage/logs], files: [server.js] } }
           |                                                                    ~~~~~~~~~
             A shared path replaces what the bundle brings, so a deploy would not change this file

      12 problems"
    `)
    expect(report(load(relations, { environment: 'staging' }), 'de')).toMatchInlineSnapshot(`
      "stellwerk.yaml:5:45  Port 3001 von services.web auf Host a benutzt auch environments.production  STW-C031
        5 |   web: { kind: process, command: x, ports: [3001, 3001], after: [worker], roles: [wep] }
          |                                             ~~~~
            -> Einer Umgebung unter override andere Ports geben:
            -> override: { services: { <name>: { ports: [4001, 4002] } } }

      stellwerk.yaml:5:51  services.web.ports enthält Port 3001 zweimal  STW-C030
        5 |   web: { kind: process, command: x, ports: [3001, 3001], after: [worker], roles: [wep] }
          |                                                   ~~~~
            Der alte und der neue Prozess brauchen je einen Port

      stellwerk.yaml:5:51  Port 3001 von services.web auf Host a benutzt auch environments.production  STW-C031
        5 |   web: { kind: process, command: x, ports: [3001, 3001], after: [worker], roles: [wep] }
          |                                                   ~~~~
            -> Einer Umgebung unter override andere Ports geben:
            -> override: { services: { <name>: { ports: [4001, 4002] } } }

      stellwerk.yaml:5:83  services.web.roles[0] nennt die Rolle "wep", die kein Host von staging hat  STW-C029
        5 |   web: { kind: process, command: x, ports: [3001, 3001], after: [worker], roles: [wep] }
          |                                                                                   ~~~
            -> War "web" gemeint?

      stellwerk.yaml:6:48  Port 3001 von services.worker auf Host a benutzt auch environments.production  STW-C031
        6 |   worker: { kind: process, command: x, ports: [3001], after: [web] }
          |                                                ~~~~
            -> Einer Umgebung unter override andere Ports geben:
            -> override: { services: { <name>: { ports: [4001, 4002] } } }

      stellwerk.yaml:6:63  Dienste warten aufeinander: web -> worker -> web  STW-C021
        6 |   worker: { kind: process, command: x, ports: [3001], after: [web] }
          |                                                               ~~~
            Keiner davon könnte je starten

      stellwerk.yaml:7:74  Der Router nginx braucht zwei Ports des Dienstes "worker"  STW-C024
        7 | router: { kind: nginx, include: /etc/nginx/a.conf, upstream: a, service: worker }
          |                                                                          ~~~~~~
            Er schaltet zwischen zwei Plätzen um: der alte Prozess antwortet, bis der neue bereit ist
            -> kind: process mit ports: [3001, 3002] wählen

      stellwerk.yaml:9:30  checks.health.url ist der Pfad "/api/health", aber nirgends steht, welche Adresse ihn beantwortet  STW-C023
        9 |   health: { kind: http, url: /api/health }
          |                              ~~~~~~~~~~~
            Ein Pfad wird am Router jedes Hosts gefragt, oder am einzigen Dienst mit genau einem Port
            -> router.listen setzen, etwa 127.0.0.1:8080
            -> Oder die ganze Adresse schreiben: http://127.0.0.1:8080/...

      stellwerk.yaml:12:11  verify.identity.url ist der Pfad "/", aber nirgends steht, welche Adresse ihn beantwortet  STW-C023
        12 | verify: { identity: { json: $.release }, health: [health] }
           |           ~~~~~~~~
             Ein Pfad wird am Router jedes Hosts gefragt, oder am einzigen Dienst mit genau einem Port
             -> router.listen setzen, etwa 127.0.0.1:8080
             -> Oder die ganze Adresse schreiben: http://127.0.0.1:8080/...

      stellwerk.yaml:19:20  "/srv/askpro/staging" auf a überschneidet sich mit "/srv/askpro", dem Verzeichnis von environments.production  STW-C027
        19 |   staging: { root: /srv/askpro/staging, hosts: { a: { address: web1.example.org } } }
           |                    ~~~~~~~~~~~~~~~~~~~
             Eines würde die Releases des anderen umschalten, zurückrollen und aufräumen

      stellwerk.yaml:20:45  release.shared.directories[1]: "storage/logs" und "storage" überschneiden sich  STW-C025
        20 | release: { shared: { directories: [storage, storage/logs], files: [server.js] } }
           |                                             ~~~~~~~~~~~~
             Ein Link läge innerhalb des anderen

      stellwerk.yaml:20:68  release.shared.files[0]: "server.js" würde die Startdatei "server.js" verdecken  STW-C026
        20 | release: { shared: { directories: [storage, storage/logs], files: [server.js] } }
           |                                                                    ~~~~~~~~~
             Ein geteilter Pfad ersetzt, was das Bundle bringt; ein Deploy würde diese Datei nicht ändern

      12 Fehler"
    `)
  })

  it('says what is wrong with variables and secrets', () => {
    expect(report(load(variables, around), 'en')).toMatchInlineSnapshot(`
      "stellwerk.yaml:4:72  services.web.env.A uses \${NO}, which is not set  STW-C043
        4 | ... process, command: x, ports: [1, 2], env: { A: "\${NO}", B: "\${-}", C: "\${TOKEN}", D: "\${PORT}", E: "\${SL...
          |                                                   ~~~~~~~
            -> export NO=...
            -> Or set it under environments.production.env, or give a default: \${NO:-value}

      stellwerk.yaml:4:84  services.web.env.B holds "\${-}", which is not a reference  STW-C044
        4 | ...mmand: x, ports: [1, 2], env: { A: "\${NO}", B: "\${-}", C: "\${TOKEN}", D: "\${PORT}", E: "\${SLY}" } } }
          |                                                   ~~~~~~
            -> A reference is \${NAME} or \${NAME:-default}; write $\${ for the characters themselves

      stellwerk.yaml:4:95  services.web.env.C uses \${TOKEN}, which looks like a secret but is not declared as one  STW-C045
        4 | ...orts: [1, 2], env: { A: "\${NO}", B: "\${-}", C: "\${TOKEN}", D: "\${PORT}", E: "\${SLY}" } } }
          |                                                   ~~~~~~~~~~
            Its value would stand in plans and reports
            -> secrets: { TOKEN: { env: TOKEN } }

      stellwerk.yaml:4:110  services.web.env.D uses \${PORT}, which exists only when a service command runs  STW-C050
        4 | ...nv: { A: "\${NO}", B: "\${-}", C: "\${TOKEN}", D: "\${PORT}", E: "\${SLY}" } } }
          |                                                   ~~~~~~~~~
            -> Use it in the command itself, or write the value here

      stellwerk.yaml:4:124  The value of \${SLY} in services.web.env.E itself holds a reference to a secret  STW-C051
        4 | ...}", B: "\${-}", C: "\${TOKEN}", D: "\${PORT}", E: "\${SLY}" } } }
          |                                                   ~~~~~~~~
            Values from outside the file are taken as they are

      stellwerk.yaml:17:17  "app" cannot differ between environments  STW-C042
        17 |     override: { app: other }
           |                 ~~~

      stellwerk.yaml:18:22  The secret A is empty: the variable A is not set  STW-C046
        18 | secrets: { A: { env: A }, B: { file: b }, C: { file: c }, D: { file: d } }
           |                      ~
             -> export A=...

      stellwerk.yaml:18:38  The secret B cannot be read from "b"  STW-C047
        18 | secrets: { A: { env: A }, B: { file: b }, C: { file: c }, D: { file: d } }
           |                                      ~
             it does not exist

      stellwerk.yaml:18:54  The file of the secret C is open to others (mode 0644)  STW-C048
        18 | secrets: { A: { env: A }, B: { file: b }, C: { file: c }, D: { file: d } }
           |                                                      ~
             -> chmod 600 c

      stellwerk.yaml:18:70  The secret D is empty: "d" holds nothing  STW-C049
        18 | secrets: { A: { env: A }, B: { file: b }, C: { file: c }, D: { file: d } }
           |                                                                      ~

      10 problems"
    `)
    expect(report(load(variables, around), 'de')).toMatchInlineSnapshot(`
      "stellwerk.yaml:4:72  services.web.env.A benutzt \${NO}; das ist nicht gesetzt  STW-C043
        4 | ... process, command: x, ports: [1, 2], env: { A: "\${NO}", B: "\${-}", C: "\${TOKEN}", D: "\${PORT}", E: "\${SL...
          |                                                   ~~~~~~~
            -> export NO=...
            -> Oder unter environments.production.env setzen, oder mit Vorgabe: \${NO:-Wert}

      stellwerk.yaml:4:84  services.web.env.B enthält "\${-}"; das ist kein Verweis  STW-C044
        4 | ...mmand: x, ports: [1, 2], env: { A: "\${NO}", B: "\${-}", C: "\${TOKEN}", D: "\${PORT}", E: "\${SLY}" } } }
          |                                                   ~~~~~~
            -> Ein Verweis ist \${NAME} oder \${NAME:-Vorgabe}; $\${ steht für die Zeichen selbst

      stellwerk.yaml:4:95  services.web.env.C benutzt \${TOKEN}; das sieht nach einem Geheimnis aus, ist aber nicht als solches erklärt  STW-C045
        4 | ...orts: [1, 2], env: { A: "\${NO}", B: "\${-}", C: "\${TOKEN}", D: "\${PORT}", E: "\${SLY}" } } }
          |                                                   ~~~~~~~~~~
            Sein Wert stünde in Plänen und Berichten
            -> secrets: { TOKEN: { env: TOKEN } }

      stellwerk.yaml:4:110  services.web.env.D benutzt \${PORT}; das gibt es nur, wenn der Befehl eines Dienstes läuft  STW-C050
        4 | ...nv: { A: "\${NO}", B: "\${-}", C: "\${TOKEN}", D: "\${PORT}", E: "\${SLY}" } } }
          |                                                   ~~~~~~~~~
            -> Im Befehl selbst benutzen, oder hier den Wert schreiben

      stellwerk.yaml:4:124  Der Wert von \${SLY} in services.web.env.E enthält selbst einen Verweis auf ein Geheimnis  STW-C051
        4 | ...}", B: "\${-}", C: "\${TOKEN}", D: "\${PORT}", E: "\${SLY}" } } }
          |                                                   ~~~~~~~~
            Werte von außerhalb der Datei werden genommen, wie sie sind

      stellwerk.yaml:17:17  "app" kann sich zwischen Umgebungen nicht unterscheiden  STW-C042
        17 |     override: { app: other }
           |                 ~~~

      stellwerk.yaml:18:22  Das Geheimnis A ist leer: die Variable A ist nicht gesetzt  STW-C046
        18 | secrets: { A: { env: A }, B: { file: b }, C: { file: c }, D: { file: d } }
           |                      ~
             -> export A=...

      stellwerk.yaml:18:38  Das Geheimnis B ist aus "b" nicht lesbar  STW-C047
        18 | secrets: { A: { env: A }, B: { file: b }, C: { file: c }, D: { file: d } }
           |                                      ~
             es ist nicht vorhanden

      stellwerk.yaml:18:54  Die Datei des Geheimnisses C ist für andere offen (Rechte 0644)  STW-C048
        18 | secrets: { A: { env: A }, B: { file: b }, C: { file: c }, D: { file: d } }
           |                                                      ~
             -> chmod 600 c

      stellwerk.yaml:18:70  Das Geheimnis D ist leer: "d" enthält nichts  STW-C049
        18 | secrets: { A: { env: A }, B: { file: b }, C: { file: c }, D: { file: d } }
           |                                                                      ~

      10 Fehler"
    `)
  })

  it('says warnings', () => {
    const result = load(
      document({
        verify: 'verify: { identity: { waived: third-party application } }',
        environments: `${sections.environments}\n    batches: ["100%", 1]`,
      }),
    )

    expect(report(result, 'en')).toMatchInlineSnapshot(`
      "stellwerk.yaml:12:1  warning: verify names neither health nor smoke checks  STW-C091
        12 | verify: { identity: { waived: third-party application } }
           | ~~~~~~
             A release that starts but does not work would count as proven
             -> verify: { health: [<check>] }

      stellwerk.yaml:12:31  warning: Nothing proves which release answers  STW-C090
        12 | verify: { identity: { waived: third-party application } }
           |                               ~~~~~~~~~~~~~~~~~~~~~~~
             verify.identity is waived, so a healthy old process looks like a healthy new one

      stellwerk.yaml:19:23  warning: environments.production.batches[1] gets no host: the ones before it already take all 2  STW-C092
        19 |     batches: ["100%", 1]
           |                       ~

      3 warnings"
    `)
    expect(report(result, 'de')).toMatchInlineSnapshot(`
      "stellwerk.yaml:12:1  Warnung: verify nennt weder health- noch smoke-Prüfungen  STW-C091
        12 | verify: { identity: { waived: third-party application } }
           | ~~~~~~
             Ein Release, das startet, aber nicht arbeitet, gälte als bewährt
             -> verify: { health: [<check>] }

      stellwerk.yaml:12:31  Warnung: Nichts beweist, welches Release antwortet  STW-C090
        12 | verify: { identity: { waived: third-party application } }
           |                               ~~~~~~~~~~~~~~~~~~~~~~~
             verify.identity ist erlassen; ein gesunder alter Prozess sieht aus wie ein gesunder neuer

      stellwerk.yaml:19:23  Warnung: environments.production.batches[1] bekommt keinen Host: die davor nehmen schon alle 2  STW-C092
        19 |     batches: ["100%", 1]
           |                       ~

      3 Warnungen"
    `)
  })
})
