import { expect, it } from 'vitest'
import { parseKept } from './kept.ts'

it('finds what restores of this store kept, with size and time', () => {
  const said =
    'stw_old_20261121115607_main:4096,stw_new_20261121115607_main:12,stw_old_20261121115607_main2:1'

  expect(parseKept(said, 'main')).toEqual([
    { name: 'stw_old_20261121115607_main', bytes: 4096, since: Date.parse('2026-11-21T11:56:07Z') },
    { name: 'stw_new_20261121115607_main', bytes: 12, since: Date.parse('2026-11-21T11:56:07Z') },
  ])
})

it('finds files, and leaves drills, journals and other databases alone', () => {
  const said = [
    '/srv/shared/stw_old_20261121115607_my_db.sqlite:100',
    '/srv/shared/stw_old_20261121115607_my_db.sqlite-wal:100',
    '/srv/shared/stw_drill_1.sqlite:100',
    '-',
  ].join('\n')

  expect(parseKept(said, 'my-db').map(({ name }) => name)).toEqual([
    '/srv/shared/stw_old_20261121115607_my_db.sqlite',
  ])
})
