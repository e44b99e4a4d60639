import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { document, load, loaded, marked, places, sections } from '../../test/helpers/config-file.ts'
import { err } from '../core/result.ts'
import { render } from './init/render.ts'
import { suggest } from './init/suggest.ts'
import { parseConfig, validateConfig } from './load.ts'
import { faults } from './problems.ts'
import { expand } from './variables.ts'

const withEnvironment = (lines: string) => ({ environments: `${sections.environments}\n${lines}` })

describe('loadConfig', () => {
  it('gives one environment with defaults in place and units as numbers', () => {
    const { config, warnings } = loaded(load(document()))

    expect(warnings).toEqual([])
    expect(config.environment).toMatchObject({ name: 'production', onHostFailure: 'undo', lease: 60_000 })
    expect(config.hosts).toEqual([
      { name: 'web1', address: 'deploy@web1.example.org', roles: ['web'], root: '/srv/askpro', env: {} },
      { name: 'web2', address: 'web2.example.org', roles: ['web'], root: '/srv/askpro', env: {} },
    ])
    expect(config.checks['disk']).toMatchObject({ minFree: 1e9, timeout: 10_000 })
    expect(config).not.toHaveProperty('environments')
  })

  it('takes the only environment and asks when there are two', () => {
    const two = document(
      withEnvironment('  staging: { root: /srv/staging, hosts: { s: { address: s.example.org } } }'),
    )

    const asked = load(two)
    const chosen = load(two, { environment: 'staging' })
    const misspelt = load(two, { environment: 'prodution' })

    expect(places(asked)).toEqual(['C041 13:1'])
    expect(loaded(chosen).config.hosts.map(host => host.name)).toEqual(['s'])
    expect(misspelt).toMatchObject({
      error: [{ code: 'STW-C040', next: [{ en: 'Did you mean "production"?' }] }],
    })
  })

  it('reports everything at once, in the order of the file', () => {
    const result = load(document({ app: 'app: My App', gates: 'gates: [disc]', router: 'ruoter: {}' }))

    expect(places(result)).toEqual(['C014 2:6', 'C010 7:1', 'C023 9:30', 'C020 11:9', 'C023 12:11'])
  })

  it('refuses what other environments of the file have wrong, too', () => {
    const result = load(document(withEnvironment('  staging: { root: srv, hosts: { s: local } }')), {
      environment: 'production',
    })

    expect(places(result)).toEqual(['C014 19:20'])
  })

  it('allows x- notes in mappings with fixed keys, and only there', () => {
    expect(load(document({ more: 'x-owner: team' })).ok).toBe(true)
    expect(load(document({ build: 'build: { entries: [a], x-note: 1 }' })).ok).toBe(true)
    expect(places(load(document({ services: `${sections.services}\n  x-note: 1` })))).toEqual(['C012 7:11'])
  })
})

describe('names of entries', () => {
  it.each([
    ['a host', withEnvironment('').environments.replace('web1:', 'Web1:')],
    ['an environment', withEnvironment('').environments.replace('production:', 'Production:')],
  ])('%s is refused at its name', (_, environments) => {
    expect(marked(load(document({ environments })))).toEqual([
      expect.stringMatching(/^C016 (Web1|Production)$/),
    ])
  })

  it('a secret is refused at its name', () => {
    expect(marked(load(document({ more: 'secrets: { a-b: { env: A } }' }), { env: { A: 'x' } }))).toEqual([
      'C016 a-b',
    ])
  })
})

describe('overrides', () => {
  it('merge mappings, replace lists, and let null remove', () => {
    const { config } = loaded(
      load(
        document(
          withEnvironment(
            '    override: { services: { web: { ports: [4001, 4002] }, worker: null }, release: { keep: 3 } }',
          ),
        ),
      ),
    )

    expect(config.services['web']).toMatchObject({ command: 'node server.js', ports: [4001, 4002] })
    expect(Object.keys(config.services)).toEqual(['web'])
    expect(config.release.keep).toBe(3)
  })

  it('replace an entry that changes its kind', () => {
    const { config } = loaded(
      load(document(withEnvironment('    override: { router: { kind: symlink, listen: "127.0.0.1:80" } }'))),
    )

    expect(config.router).toEqual({ kind: 'symlink', listen: '127.0.0.1:80' })
  })

  it('keep null where null is a value', () => {
    const { config } = loaded(
      load(
        document(
          withEnvironment('    override: { checks: { health: { expect: { json: { $.error: null } } } } }'),
        ),
      ),
    )

    expect(config.checks['health']).toMatchObject({ expect: { json: { '$.error': null } } })
  })

  it('are validated, with the position in the override', () => {
    const over = '    override: { services: { web: { portz: [1] } }, gates: [nothing], app: x }'

    const result = load(document(withEnvironment(over)))

    expect(places(result)).toEqual(['C010 19:36', 'C020 19:60', 'C042 19:70'])
  })
})

describe('variables', () => {
  const env = { DOMAIN: 'www.example.org' }

  it('come from the environment of the file first, then from the process', () => {
    const text = document({
      checks: `${sections.checks}\n  page: { kind: http, url: "https://\${DOMAIN}\${PAGE:-/start}" }`,
      ...withEnvironment('    env: { DOMAIN: "shop.${DOMAIN}" }'),
    })

    const { config } = loaded(load(text, { env }))

    expect(config.checks['page']).toMatchObject({ url: 'https://shop.www.example.org/start' })
    expect(config.hosts[0]?.env).toEqual({ DOMAIN: 'shop.www.example.org' })
  })

  it('may stand where a form is demanded', () => {
    const text = document({ environments: 'environments: { p: { root: "${ROOT}", hosts: { a: local } } }' })

    expect(loaded(load(text, { env: { ROOT: '/srv/x/' } })).config.hosts[0]?.root).toBe('/srv/x')
    expect(places(load(text, { env: { ROOT: 'srv' } }))).toEqual(['C014 13:28'])
    expect(places(load(text))).toEqual(['C043 13:28'])
  })

  it('are left to the shell in commands', () => {
    const services =
      'services: { web: { kind: process, command: "node s.js ${PORT} ${NOT_SET}", ports: [1, 2] } }'

    const { config } = loaded(load(document({ services }), { env: { PORT: '9' } }))

    expect(config.services['web']).toMatchObject({ command: 'node s.js ${PORT} ${NOT_SET}' })
  })

  it.each([
    ['a name that is not set', '${NOPE}', 'C043'],
    ['a reference without an end', '${NOPE', 'C044'],
    ['a bad name', '${a-b}', 'C044'],
    ['a name that looks like a secret', '${API_TOKEN}', 'C045'],
    ['a URL with a password', '${DATABASE_URL}', 'C045'],
    ['a name known only when a service runs', '${PORT}', 'C050'],
    ['a value that refers to a secret itself', '${SLY}', 'C051'],
    ['an escape that would become a reference', '$${HIDDEN}', 'C044'],
  ])('%s is a problem at its place', (_, value, code) => {
    const text = document({
      more: 'secrets: { HIDDEN: { env: HIDDEN } }',
      services: `services: { web: { kind: process, command: x, ports: [1, 2], env: { A: "${value}" } } }`,
    })
    const process = {
      HIDDEN: 'sesame-street',
      API_TOKEN: 'abcdefgh',
      DATABASE_URL: 'postgres://app:pw@db/x',
      PORT: '1',
      SLY: '${HIDDEN}',
    }

    expect(places(load(text, { env: process }))).toEqual([`${code} 4:72`])
  })

  it('write $${ for the characters themselves', () => {
    const text = document(withEnvironment('    env: { A: "$${HOME}" }'))

    expect(loaded(load(text)).config.environment.env).toEqual({ A: '${HOME}' })
  })
})

describe('secrets', () => {
  const more = [
    'secrets:',
    '  TOKEN: { env: DEPLOY_TOKEN }',
    '  KEY: { file: keys/key }',
    '  PW: { command: pass show x }',
  ].join('\n')
  const checks = `${sections.checks}\n  api: { kind: http, url: /x, headers: { A: "Bearer \${TOKEN}" } }`
  const env = { DEPLOY_TOKEN: 'sentinel-token' }
  const files = { '/work/keys/key': { text: 'sentinel-key\n', mode: 0o600 } }

  it('stay references in the config and are found by name', () => {
    const { config } = loaded(load(document({ more, checks }), { env, files }))

    expect(config.checks['api']).toMatchObject({ headers: { A: 'Bearer ${TOKEN}' } })
    expect([...config.secrets].map(([name, secret]) => [name, secret.reveal()])).toEqual([
      ['TOKEN', 'sentinel-token'],
      ['KEY', 'sentinel-key'],
    ])
    expect([...config.secretCommands]).toEqual([['PW', 'pass show x']])
    expect(JSON.stringify([config, [...config.secrets]])).not.toContain('sentinel')
    expect(expand('Bearer ${TOKEN} ${OTHER}', name => config.secrets.get(name)?.reveal())).toBe(
      'Bearer sentinel-token ${OTHER}',
    )
  })

  it('stay references wherever they are used, also when the process has a variable of that name', () => {
    const text = document({
      more: 'secrets: { TOKEN: { env: TOKEN } }',
      checks: `${sections.checks}\n  api: { kind: http, url: "https://x/\${TOKEN:-none}", body: "\${TOKEN}", expect: { text: "\${TOKEN}" } }`,
      ...withEnvironment('    env: { URL: "https://app:${TOKEN}@db/", AGAIN: "${URL}" }'),
    })

    const { config } = loaded(load(text, { env: { TOKEN: 'sentinel' } }))

    expect(config.hosts[0]?.env).toEqual({
      URL: 'https://app:${TOKEN}@db/',
      AGAIN: 'https://app:${TOKEN}@db/',
    })
    expect(JSON.stringify(config)).not.toContain('sentinel')
    expect(config.secrets.get('TOKEN')?.reveal()).toBe('sentinel')
  })

  it.each([
    ['a variable that is not set', {}, files, 'C046 20:17'],
    ['a variable that is empty', { DEPLOY_TOKEN: '' }, files, 'C046 20:17'],
    ['a file that is missing', env, {}, 'C047 21:16'],
    ['a file that others can read', env, { '/work/keys/key': { text: 'x', mode: 0o640 } }, 'C048 21:16'],
    ['a file that is empty', env, { '/work/keys/key': { text: '\n', mode: 0o600 } }, 'C049 21:16'],
  ])('refuse %s', (_, process, some, place) => {
    expect(places(load(document({ more }), { env: process, files: some }))).toEqual([place])
  })

  it('tell how to close a file that is open to others', () => {
    const result = load(document({ more }), {
      env,
      files: { '/work/keys/key': { text: 'sentinel', mode: 0o644 } },
    })

    expect(result).toMatchObject({ error: [{ next: [{ en: 'chmod 600 keys/key' }] }] })
    expect(JSON.stringify(result)).not.toContain('sentinel')
  })
})

describe('warnings', () => {
  it('come with a config that is good', () => {
    const text = document({ verify: 'verify: { identity: { waived: third-party application } }' })

    const result = load(text)

    expect(result.ok).toBe(true)
    expect(places(result)).toEqual(['C091 12:1', 'C090 12:31'])
  })
})

describe('parseConfig', () => {
  const parse = (text: string, env = {}) => parseConfig({ file: 'f', text, env })

  it('needs no environment and leaves open what is not set', () => {
    const text = document(withEnvironment('    env: { A: "${NOT_SET}" }'))

    expect(parse(text)).toMatchObject({ ok: true, value: { config: { app: 'askpro' } } })
  })

  it('says which variable is missing where text of a form is needed', () => {
    const text = document({ environments: 'environments: { p: { root: "${ROOT}", hosts: { a: local } } }' })

    expect(parse(text)).toMatchObject({
      ok: false,
      error: [{ code: 'STW-C043', where: { line: 13, column: 28 } }],
    })
    expect(parse(text, { ROOT: '/srv/x' }).ok).toBe(true)
    expect(parse(text.replace('p: {', 'p: { env: { ROOT: /srv/y },')).ok).toBe(true)
  })
})

describe('validateConfig', () => {
  it('looks at the file as each environment sees it', () => {
    const text = document(
      withEnvironment(
        '  staging: { root: /srv/s, hosts: { s: { address: s } }, override: { gates: [disc] } }',
      ),
    )

    const validation = validateConfig({
      file: 'f',
      directory: '/',
      text,
      env: {},
      readFile: () => {
        throw new Error('unused')
      },
    })

    expect(validation.environments).toEqual(['production', 'staging'])
    expect(
      validation.problems.map(problem => `${problem.code} ${problem.where.line}:${problem.where.column}`),
    ).toEqual(['STW-C020 19:78'])
  })
})

describe('long files', () => {
  const entries = (count: number, entry: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => entry(index)).join('\n')
  const validate = (text: string) =>
    validateConfig({ file: 'f', directory: '/', text, env: {}, readFile: () => err(faults.emptyFile()) })
  const codes = (text: string) => [...new Set(validate(text).problems.map(problem => problem.code))]

  // Each of these took minutes once.
  it.each([
    ['60 000 keys', entries(60_000, index => `key${index}: 1`)],
    ['60 000 times the same key', entries(60_000, () => 'key: 1')],
    ['1001 services', `services:\n${entries(1001, index => `  s${index}: 1`)}`],
  ])('of %s are too large', (_, text) => {
    expect(codes(text)).toEqual(['STW-C007'])
  })

  it('with more than 100 environments are refused', () => {
    const environments = `environments:\n${entries(101, index => `  e${index}: { root: /srv/e${index}, hosts: { a: local } }`)}`

    expect(validate(document({ environments })).problems.map(problem => problem.what.en)).toEqual([
      'environments may have at most 100 entries',
    ])
  })
})

describe('any text at all', () => {
  const check = (text: string): void => {
    const result = load(text, { env: { HOME: '/home/x' } })
    const problems = result.ok ? result.value.warnings : result.error
    if (!result.ok) expect(problems.length).toBeGreaterThan(0)
    const lines = text.split('\n')
    for (const { where, excerpt, what } of problems) {
      const line = lines[where.line - 1]?.replace(/\r$/, '') ?? ''
      // Stars stand for what a secret key holds.
      const shown = [...excerpt.text].map((letter, index) => (letter === '*' ? line[index] : letter))
      expect(excerpt.text.includes('*') ? shown.join('') : excerpt.text).toBe(line)
      expect(where.column).toBeGreaterThanOrEqual(1)
      expect(where.column - 1 + excerpt.width).toBeLessThanOrEqual(Math.max(1, excerpt.text.length) + 1)
      expect(what.en).not.toMatch(/undefined|\[object|Invalid input/)
      expect(what.de).not.toMatch(/undefined|\[object|Invalid input/)
    }
  }

  it('gives a config or problems inside the file, and never throws', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), check), { numRuns: 100 })
  })

  it('also when a good file is cut, mixed and bent', () => {
    const good = document({
      more: 'secrets: { A: { env: A } }',
      ...withEnvironment('    batches: [1, "50%"]\n    override: { release: { keep: 3 } }'),
    })
    const piece = fc.oneof(
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        ':',
        '- ',
        '\n',
        '\n  ',
        '"',
        '${',
        '*a',
        '&a ',
        '<<: ',
        '!x ',
        'null',
        '1e9',
        '~',
        '\t',
        '---\n',
        '? ',
        'kind',
        'x-',
        '__proto__: ',
        'constructor: ',
      ),
      fc.string({ maxLength: 5 }),
    )
    const kinds = ['node', 'static', 'php', 'python', 'compose'] as const
    const directory = { name: 'demo', files: [], read: () => undefined }
    const texts = [good, ...kinds.map(kind => render(kind, suggest(kind, directory, 'de', 'UTC')))]
    const edit = fc.record({ at: fc.nat(3000), drop: fc.nat(12), put: piece })
    fc.assert(
      fc.property(
        fc.constantFrom(...texts),
        fc.array(edit, { minLength: 1, maxLength: 4 }),
        (start, edits) => {
          let text = start
          for (const { at, drop, put } of edits) {
            const index = at % start.length
            text = text.slice(0, index) + put + text.slice(index + drop)
          }
          check(text)
        },
      ),
      { numRuns: 150 },
    )
  })

  it('also when a value is replaced by one of another kind', () => {
    const lines = document().split('\n')
    fc.assert(
      fc.property(fc.nat(lines.length - 2), fc.json({ maxDepth: 3 }), (index, value) => {
        check(
          lines
            .map((line, number) => (number === index ? line.replace(/:.*$/, `: ${value}`) : line))
            .join('\n'),
        )
      }),
      { numRuns: 100 },
    )
  })
})
