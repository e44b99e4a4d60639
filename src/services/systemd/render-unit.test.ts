import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { renderUnit, type UnitProps } from './render-unit.ts'
import { execWord, unitLine, unitWord } from './unit-words.ts'

const props: UnitProps = {
  description: 'shop live web',
  root: '/srv/shop',
  command: 'node server.js --port "$PORT"',
  env: { NODE_ENV: 'production', URL: 'postgres://x:${DB}@h/100%', TAG: 'r-${RELEASE}' },
  secrets: ['DB'],
  secretsFile: '/srv/shop/.stellwerk/services/web/secrets.env',
  port: 3000,
  scope: 'system',
  user: 'shop',
  stopTimeout: 20_000,
  after: ['shop-live-api.service'],
}

// What systemd does with a quoted word, as far as the manual tells (systemd.syntax(7), systemd.service(5)).
function read(word: string, variables: boolean): string {
  const unquoted = word.slice(1, -1).replaceAll(/\\(n|r|t|"|\\|x[0-9a-f]{2})/g, (_, code: string) => {
    const named: Record<string, string> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' }
    return named[code] ?? String.fromCharCode(Number.parseInt(code.slice(1), 16))
  })
  const specified = unquoted.replaceAll('%%', '%')
  return variables ? specified.replaceAll('$$', '$') : specified
}

describe('renderUnit', () => {
  it('is this file', () => {
    expect(renderUnit(props)).toBe(`# Written by Stellwerk; the next deploy writes it again.
[Unit]
Description=shop live web
Wants=network-online.target
After=network-online.target shop-live-api.service
StartLimitIntervalSec=600
StartLimitBurst=6

[Service]
Type=exec
WorkingDirectory=/srv/shop/current
Environment=PORT=3000
Environment="NODE_ENV=production"
EnvironmentFile=/srv/shop/.stellwerk/services/web/secrets.env
User=shop
ExecStart=/bin/sh -c "set -eu\\nRELEASE=$$(pwd -P); RELEASE=$\${RELEASE##*/}; export RELEASE; STELLWERK_RELEASE=$$RELEASE; export STELLWERK_RELEASE\\nTAG=r-\\"$$RELEASE\\"; export TAG\\nURL=postgres://x:\\"$$DB\\"@h/100%%; export URL\\nunset DB\\nexec node server.js --port \\"$$PORT\\""
ExecReload=/bin/sh -c 'kill -HUP $MAINPID'
Restart=on-failure
RestartSec=1
TimeoutStopSec=20
KillMode=mixed
ProtectSystem=full
ProtectControlGroups=yes
ReadWritePaths="/srv/shop"

[Install]
WantedBy=multi-user.target
`)
  })

  it('a command that keeps its shell gets every signal itself', () => {
    expect(renderUnit({ ...props, command: 'cd x && node y' })).toContain('KillMode=control-group')
  })

  it('a user unit asks for nothing that only root has', () => {
    const unit = renderUnit({ ...props, scope: 'user', after: [] })
    expect(unit).not.toMatch(/User=|Protect|network-online|After=/)
    expect(unit).toContain('WantedBy=default.target')
  })
})

describe('quoting', () => {
  const value = fc.string({ unit: 'binary', maxLength: 30 }).filter(each => !each.includes('\0'))

  it('reads back as it was, in one line', () => {
    fc.assert(
      fc.property(value, each => {
        expect(read(unitWord(each), false)).toBe(each)
        expect(read(execWord(each), true)).toBe(each)
        expect(unitWord(each) + execWord(each)).not.toMatch(/[\n\r]/)
      }),
    )
  })

  it('refuses what no unit file can hold', () => {
    expect(() => unitWord('a\0')).toThrow()
    for (const bad of ['a\nb', 'a\\', ' a']) expect(() => unitLine(bad)).toThrow()
    expect(unitLine('/srv/50%')).toBe('/srv/50%%')
  })
})
