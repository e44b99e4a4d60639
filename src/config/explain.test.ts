import { describe, expect, it } from 'vitest'
import { type Explanation, explain, renderExplanation } from './explain.ts'
import { configReference } from './reference.ts'
import { schemaNode, typeOf } from './schema-node.ts'

const of = (path: string): Explanation => {
  const result = explain(path)
  if (!result.ok) throw new Error(result.error.what.en)
  return result.value
}

describe('explain', () => {
  it('says what a key is, in both languages', () => {
    expect(renderExplanation(of('services.web.ready'), 'en')).toMatchInlineSnapshot(`
      "services.<name>.ready
        What makes the service ready: an HTTP path, else its open port

        Type      mapping (optional)
        Kinds     process, systemd, command

        What makes it ready: its health check, its open port, an HTTP path; else that it runs

        Type      mapping (optional)
        Kinds     compose

        Keys
          path     HTTP path that must answer 200 on the service port
          timeout  Time until it must be ready
          health   It must have a health check of its own; one that is there must always pass"
    `)
    expect(renderExplanation(of('release.keep'), 'de')).toMatchInlineSnapshot(`
      "release.keep
        Wie viele bewährte Releases bleiben, das aktuelle mitgezählt

        Art       ganze Zahl (freiwillig)
        Vorgabe   5"
    `)
    expect(renderExplanation(of('environments.production.onHostFailure'), 'en')).toMatchInlineSnapshot(`
      "environments.<name>.onHostFailure
        undo: one failing host undoes the fleet. leave-out: it keeps its old release and is named

        Type      undo | leave-out (optional)
        Default   undo
        Allowed   undo, leave-out"
    `)
  })

  it('tells the kinds apart where a key means different things', () => {
    expect(renderExplanation(of('services.web.stop'), 'en')).toMatchInlineSnapshot(`
      "services.<name>.stop
        How it is ended

        Type      mapping (optional)
        Kinds     process

        How it is ended

        Type      mapping (optional)
        Kinds     systemd, compose

        Stops it and returns when it has ended

        Type      command (required)
        Kinds     command
        Example   stop: docker compose stop

        Keys
          signal   Signal that asks it to end
          timeout  Then KILL"
    `)
  })

  it('accepts names, positions and quoted names', () => {
    expect(of('services.web.ports[0]').path).toBe('services.<name>.ports[]')
    expect(of('services.<name>.ports[]').path).toBe('services.<name>.ports[]')
    expect(of('checks.health.expect.json["$.status"].contains').path).toBe(
      'checks.<name>.expect.json.<name>.contains',
    )
  })

  it('starts at the whole file', () => {
    expect(of('').children.map(child => child.key)).toContain('environments')
  })

  it.each([
    ['servces', 'stellwerk explain services'],
    ['services.web.raedy.path', 'stellwerk explain services.web.ready'],
    ['verify.identity.waivd', 'stellwerk explain verify.identity.waived'],
    ['release.keep.x', 'Known are: -'],
  ])('%s is unknown and leads to %s', (path, next) => {
    expect(explain(path)).toMatchObject({ ok: false, error: { code: 'STW-C060', next: [{ en: next }] } })
  })

  it.each(['constructor', '__proto__', 'services.web.toString', '[[', '....', '["'])(
    '%j is a question like any other',
    path => {
      expect(() => explain(path)).not.toThrow()
    },
  )
})

describe('databases and backups', () => {
  it('have one meaning for each kind that differs', () => {
    expect(renderExplanation(of('databases.main.database'), 'de')).toMatchInlineSnapshot(`
      "databases.<name>.database
        Name der Datenbank

        Art       Datenbankname (nötig)
        Bei kind  postgres, mysql, mariadb
        Beispiel  database: askpro"
    `)
    expect(renderExplanation(of('backup.destinations.nas.path'), 'en')).toMatchInlineSnapshot(`
      "backup.destinations.<name>.path
        The directory

        Type      absolute path (required)
        Kinds     directory
        Example   path: /var/backups/askpro

        Directory there

        Type      text (required)
        Kinds     sftp, rsync
        Example   path: /volume1/backup"
    `)
    expect(renderExplanation(of('backup.schedule.daily'), 'de')).toMatchInlineSnapshot(`
      "backup.schedule.<name>
        In Worten oder als cron: "täglich 02:00", "stündlich", "montags 04:30", "werktags 22:00", "erster Sonntag 03:00", "monatlich 1 04:00", "0 2 * * *"; auch englisch

        Art       Zeitplan (freiwillig)
        Beispiel  "daily 02:00""
    `)
    expect(of('databases').meanings[0]?.type.en).toBe(
      'mapping of names to: mapping, kind: postgres | mysql | mariadb | sqlite | other',
    )
  })

  it('explain every key of the reference in both languages', () => {
    const paths = [...configReference().matchAll(/^## `((?:databases|backup)[^`]*)`$/gm)].map(
      match => match[1] ?? '',
    )
    const silent = paths.filter(path =>
      of(path).meanings.some(({ description, type }) => !description?.en || !description.de || !type.de),
    )

    expect(paths.length).toBeGreaterThan(90)
    expect(silent.filter(path => !path.endsWith('[]'))).toEqual([])
  })
})

describe('the names of types', () => {
  it('are German in German', () => {
    const titles = new Set(
      [...JSON.stringify(schemaNode(), withoutExamples).matchAll(/"title":"([^"]+)"/g)].map(
        match => match[1] ?? '',
      ),
    )
    const english = [...titles].filter(title => typeOf({ title }).de === title)

    expect(titles.size).toBeGreaterThan(12)
    expect(english).toEqual(['URL'])
  })

  /** An example may hold a key that is called title. */
  function withoutExamples(key: string, value: unknown): unknown {
    return key === 'examples' ? undefined : value
  }
})
