import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { book, findAppointment } from '../src/appointments.ts'
import { addCall, findCall } from '../src/calls.ts'
import { claim, complete, enqueue, fail } from '../src/jobs.ts'
import { detectIntent, work } from '../src/tasks.ts'
import { startGateway } from './gateway.ts'

const now = new Date('2026-01-01T00:00:00Z')

test('a call is transcribed and its intent found', async context => {
  const { database, settings } = await startGateway(context)
  const { call } = await addCall(
    database,
    { externalId: 'a', caller: '110', utterances: ['Guten Tag', 'ein Termin'] },
    now,
  )

  const job = await claim(database, now.getTime())
  assert.ok(job)
  await work(job, database, settings)
  await complete(database, job)

  assert.deepEqual(pick(await findCall(database, call.id)), [
    'transcribed',
    'Guten Tag\nein Termin',
    'appointment',
  ])
  assert.equal(await claim(database, now.getTime()), undefined)
})

test('an appointment is confirmed by a file in the outbox', async context => {
  const { database, settings } = await startGateway(context)
  const appointment = await book(
    database,
    { callId: null, name: 'Änne', startsAt: '2026-02-01T09:00:00.000Z' },
    now,
  )
  assert.ok(appointment)

  const job = await claim(database, now.getTime())
  assert.ok(job)
  await work(job, database, settings)

  assert.match(
    readFileSync(join(settings.storage, `outbox/appointment-${appointment.id}.txt`), 'utf8'),
    /Guten Tag Änne/,
  )
  assert.equal((await findAppointment(database, appointment.id))?.status, 'confirmed')
})

test('a failed job waits longer each time and is given up', async context => {
  const { database } = await startGateway(context)
  await enqueue(database, 'notify', 99, 0)
  let time = 0

  for (let attempt = 1; attempt <= 5; attempt++) {
    const job = await claim(database, time)
    assert.equal(job?.attempts, attempt)
    assert.equal(await claim(database, time), undefined, 'nobody else gets it')
    if (job) await fail(database, job, 'no', time)
    assert.equal(await claim(database, time + 1_000), undefined, 'not at once')
    time += 1_000 * 2 ** attempt
  }

  assert.equal(await claim(database, time + 86_400_000), undefined)
  assert.equal((await database.get('SELECT state FROM jobs'))?.['state'], 'failed')
})

test('the job of a killed worker is taken over after a minute', async context => {
  const { database } = await startGateway(context)
  await enqueue(database, 'notify', 1, 0)
  await claim(database, 0)

  assert.equal(await claim(database, 59_000), undefined)
  assert.equal((await claim(database, 61_000))?.attempts, 2)
})

test('intents', () => {
  assert.equal(detectIntent('Ich will meinen Termin absagen'), 'change')
  assert.equal(detectIntent('Bitte um Rückruf'), 'callback')
  assert.equal(detectIntent('Terminator'), 'other')
})

function pick(call: Awaited<ReturnType<typeof findCall>>) {
  return [call?.status, call?.transcript, call?.intent]
}
