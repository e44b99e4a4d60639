// Each fault that ever made a backup worthless is said aloud, and never costs the older good backup. `npm run bench -- faults`
// does the same to other tools.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { faults } from '../rigs/backup-faults.ts'
import { openSite, type Site, type Subject } from '../rigs/backup-site.ts'
import { stellwerkSubject } from '../rigs/backup-stellwerk.ts'
import { whyNoNas } from '../rigs/nas.ts'

const why = whyNoNas()
let site: Site
let subject: Subject
beforeAll(async () => {
  if (why) return
  site = await openSite()
  subject = await stellwerkSubject(site)
})
afterAll(async () => site?.[Symbol.asyncDispose]())

/** Where the new backup is good all the same. */
const harmless = [
  'SQLite with a busy writer',
  'two at once',
  'clock two days ahead, then right again',
  'twenty failed nights, then retention',
]

test.skipIf(why).each(faults.map(fault => [fault.name, fault] as const))('%s', async (name, fault) => {
  const verdict = await fault.run(site, subject)

  expect(verdict).toMatchObject({ answer: harmless.includes(name) ? 'whole' : 'reported', olderKept: true })
})
