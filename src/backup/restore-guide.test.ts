import { describe, expect, it } from 'vitest'
import { aDatabase, aManifest, aTable, databaseFacts, filesOf } from '../../test/helpers/a-set.ts'
import { restoreGuide } from './restore-guide.ts'
import type { Part } from './set.ts'

/** The lines of all fences that can be pasted. */
function commandsOf(...parts: Part[]): readonly string[] {
  const fences = restoreGuide(aManifest({ parts })).matchAll(/^```sh\n(.*?)^```$/gms)
  return [...fences].flatMap(([, lines = '']) => lines.trim().split('\n'))
}

describe('the commands', () => {
  it.each<[string, Part, readonly string[]]>([
    [
      'PostgreSQL, encrypted',
      aDatabase({ file: 'db-main.dump.zst.age', encrypted: true }),
      [
        ': "${KEY:?set KEY to the file with the private age key}"',
        'age -d -i "$KEY" -o db-main.dump.zst db-main.dump.zst.age',
        'zstd -d -o db-main.dump db-main.dump.zst',
        'createdb --template=template0 main_restored',
        'pg_restore --exit-on-error -d main_restored db-main.dump',
      ],
    ],
    [
      'PostgreSQL, as SQL',
      aDatabase({ store: 'call-log', file: 'db-call-log.sql.gz', compression: 'gzip', format: 'plain' }),
      [
        'gzip -d -k db-call-log.sql.gz',
        'createdb --template=template0 call_log_restored',
        "grep -- '-- PostgreSQL database dump complete' db-call-log.sql",
        'psql -X -q -v ON_ERROR_STOP=1 -1 -d call_log_restored -f db-call-log.sql',
      ],
    ],
    [
      'MariaDB',
      aDatabase({ kind: 'mysql', format: 'plain', file: 'db-main.sql.zst' }),
      [
        'zstd -d -o db-main.sql db-main.sql.zst',
        "tail -n 1 db-main.sql | grep -- '-- Dump completed'",
        "mariadb -e 'CREATE DATABASE main_restored'",
        'mariadb main_restored <db-main.sql',
      ],
    ],
  ])('of %s', (_, part, expected) => {
    expect(commandsOf(part)).toEqual(['sha256sum -c SHA256SUMS', ...expected])
  })

  it('name the sums as the set does', () => {
    const dated = aDatabase({
      file: 'backup-db-20261120_010000.sql.gz',
      compression: 'gzip',
      format: 'plain',
    })
    const manifest = aManifest({ id: '20261120T010000Z-0000', parts: [dated] })

    expect(restoreGuide(manifest)).toContain('\nsha256sum -c backup-20261120_010000.sha256\n')
  })
})

describe('the guide', () => {
  it('tells what the set is, and in German what to do', () => {
    const release = { id: '20261119_101500-abc1234', version: '2.4.0', gitSha: 'abc1234' }
    const guide = restoreGuide(aManifest({ release, before: '20261120_010000-def5678' }))

    expect(guide).toContain('# How to restore backup set 20261120T010000Z-4f1a\n')
    expect(guide).toContain('- App: shop, production\n')
    expect(guide).toContain('- Made before release: 20261120_010000-def5678\n')
    expect(guide).toContain('version 2.4.0, commit abc1234')
    expect(guide).toMatch(/Kurz auf Deutsch:.*sha256sum -c SHA256SUMS/)
    expect(guide.match(/^## \d\./gm)).toEqual(['## 1.', '## 2.', '## 3.', '## 4.'])
  })

  it('lists the rows to compare with, the largest tables first', () => {
    const tables = Array.from({ length: 25 }, (_, index) => aTable(`t${index}`, index))
    const guide = restoreGuide(
      aManifest({ parts: [aDatabase({ facts: databaseFacts({ tables }) }), filesOf()] }),
    )

    expect(guide).toContain('|---|---|\n| t24 | 24 |\n| t23 | 23 |\n')
    expect(guide).toContain('| and 5 more, in the manifest | |')
  })
})
