import { describe, expect, it } from 'vitest'
import { databaseProblem } from './problems.ts'

const context = { store: 'main', host: 'web1' }
const of = (key: string, ...args: readonly string[]) => databaseProblem({ key, args }, context)

describe('databaseProblem', () => {
  const reports: readonly (readonly [string, ...string[]])[] = [
    ['tool', 'pg_dump'],
    ['connect', 'connection refused'],
    ['version', 'pg_dump 13.1, server 15.2'],
    ['dump', '137', ''],
    ['incomplete', 'its last line is missing'],
    ['missing', '/srv/app.sqlite'],
    ['stage', 'compress', '1', 'broken'],
    ['stage', 'write', '1', 'No space left on device'],
    ['stage', 'decrypt', '1', 'no identity matched'],
    ['stage', 'decompress', '1', 'corrupted'],
    ['exists', 'stw_new'],
    ['load', '1', 'syntax error'],
    ['swap', '1', 'in use'],
    ['refused', 'askpro'],
    ['drop', '1', 'in use'],
    ['query', '1', 'no row'],
    ['timeout', '60'],
    ['unreadable', '/x'],
    ['something new', 'words'],
  ]

  it('has a code of its own and a reason for every report, in two languages', () => {
    const problems = reports.map(([key, ...args]) => of(key, ...args))
    expect(new Set(problems.map(problem => problem.code)).size).toBe(reports.length)
    for (const problem of problems) {
      expect(problem.code).toMatch(/^STW-B1[012]\d$/)
      expect(problem.where).toEqual({ host: 'web1' })
      for (const words of [problem.what, problem.why, ...(problem.next ?? [])]) {
        expect(words?.en).toMatch(/\S/)
        expect(words?.de).toMatch(/\S/)
        expect(words?.en).not.toContain('undefined')
      }
    }
  })

  it('says what to try when a dump fails', () => {
    for (const report of [of('dump', '1', ''), of('stage', 'source', '1', 'broken')])
      expect(report.next?.[0]?.en).toMatch(/by hand on web1.*pg_dump/)
  })

  it('says which package brings a missing tool', () => {
    expect(of('tool', 'pg_dump').next?.[0]?.en).toBe('apt-get install -y postgresql-client')
    expect(of('tool', 'mariadb-dump').next?.[0]?.de).toBe('apt-get install -y mariadb-client')
    expect(of('tool', 'sqlite3').next?.[0]?.en).toBe('apt-get install -y sqlite3')
    expect(of('stage', 'write', '127', '').next?.[0]?.en).toBe('apt-get install -y age')
  })

  it('gives the words of the program, else its end', () => {
    expect(of('dump', '1', 'file is not a database (26)').why).toEqual({
      en: 'reported: file is not a database (26)',
      de: 'gemeldet wurde: file is not a database (26)',
    })
    expect(of('dump', '137', '').why).toEqual({ en: 'signal 9 ended it', de: 'Signal 9 hat es beendet' })
    expect(of('load', '124', '').why?.de).toBe('es dauerte länger als das Zeitlimit')
    expect(of('load', '3', ' ').why?.en).toBe('it ended with exit code 3')
    expect(of('connect', 'connection refused').why?.de).toBe('gemeldet wurde: connection refused')
    expect(of('version', 'pg_dump 13, server 15').why?.de).toBe('gemeldet wurde: pg_dump 13, server 15')
  })

  it('takes the source of the packing for the dump', () => {
    expect(of('stage', 'source', '2', 'broken')).toEqual(of('dump', '2', 'broken'))
  })
})
