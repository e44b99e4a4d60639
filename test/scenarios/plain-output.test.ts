// What a person reads in a log: a deploy, a failed one and a rollback, in both languages. A change here is a change that
// users see. Ids, times, ports and paths are replaced by words.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Ended } from '../rigs/command-line.ts'
import { openShop, type Shop } from '../rigs/shop.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
  await shop.deployed(await shop.bundle('v1'))
})
afterAll(() => shop?.[Symbol.asyncDispose]())

function normal({ code, err, out }: Ended): string {
  const text = `${err}--- stdout, exit ${code}\n${out}`
  return text
    .replaceAll(shop.rig.directory, '<hosts>')
    .replaceAll(shop.directory, '<here>')
    .replaceAll(/\d{8}_\d{6}-(deploy|rollback)-[0-9a-f]{6}/g, '<run>')
    .replaceAll(/\d{8}_\d{6}-[0-9a-f]{7}/g, '<release>')
    .replaceAll(/\b\d+(\.\d+)? (ms|s)\b/g, '<time>')
    .replaceAll(/:(\d{4,5})\b/g, ':<port>')
    .replaceAll(/\bport \d+/g, 'port <port>')
    .replaceAll(/Port \d+/g, 'Port <port>')
}

const sick = { health: { body: '{"status":"kritisch"}' } }

describe('in English', () => {
  test('a deploy', async () => {
    expect(normal(await shop.deploy(await shop.bundle('v2')))).toMatchInlineSnapshot(`
      "· Taking the lock on web1
      deploy shop v2 (a1047ea) to test: <release>
      ▸ Publish the release
        ✔ web1  Send 1 file, 16 B  <time>
        ✔ web1  Mark <release> as ready  <time>
      ▸ Start beside the old release
        ✔ web1  Start web :<port>  <time>
        ✔ web1  Look after the router  <time>
      ▸ Switch
        ✔ web1  Switch the link  <time>
        ✔ web1  Mark <release> as live  <time>
        ✔ web1  Switch the router  <time>
      ▸ Prove
        ✔ web1  Does <release> answer?  <time>  answers release <release>
        ✔ web1  Health: health  <time>  health: 200 OK, 15 bytes, <time>
        ✔ web1  Smoke: page  <time>  page: 200 OK, 16 bytes, <time>
      ▸ Settle
        ✔ web1  Mark <release> as proven  <time>
        ✔ web1  Drain the old slot  <time>
        ✔ web1  Stop web :<port> of <release>  <time>
        ✔ web1  Nothing to remove  <time>
      --- stdout, exit 0
      ✔ <release> serves on test and is proven  <time>
        → stellwerk status test
      "
    `)
  })
  test('a failed deploy', async () => {
    expect(normal(await shop.deploy(await shop.bundle('v3', sick)))).toMatchInlineSnapshot(`
      "· Taking the lock on web1
      deploy shop v3 (c5e31d5) to test: <release>
      ▸ Publish the release
        ✔ web1  Send 1 file, 62 B  <time>
        ✔ web1  Mark <release> as ready  <time>
      ▸ Start beside the old release
        ✔ web1  Start web :<port>  <time>
        ✔ web1  Look after the router  <time>
      ▸ Switch
        ✔ web1  Switch the link  <time>
        ✔ web1  Mark <release> as live  <time>
        ✔ web1  Switch the router  <time>
      ▸ Prove
        ✔ web1  Does <release> answer?  <time>  answers release <release>
        ✖ web1  Health: health  <time>  health: $.status is "kritisch", expected "ok" (200 OK, 21 bytes, <time>)
      ↶ Taking everything back: Check "health" did not pass
        ✔ web1  Switch back to <release> on port <port>  <time>
        ✔ web1  Point current back to <release>  <time>
        ✔ web1  Stop web :<port>  <time>
        ✔ web1  Give up the new release  <time>
      ✖ Check "health" did not pass  STW-K001
        where: web1  verify/web1/health
        why:   $.status is "kritisch", expected "ok" (200 OK, 21 bytes, <time>)
          │ {"status":"kritisch"}
        → On web1: curl -i http://127.0.0.1:<port>/health
      --- stdout, exit 1
      ✖ Failed and taken back completely: everybody sees the old release  <time>
        → stellwerk logs test --run <run>
      "
    `)
  })
  test('a rollback', async () => {
    expect(normal(await shop.rollback())).toMatchInlineSnapshot(`
      "· Taking the lock on web1
      rollback shop to test: <release>
      ▸ Is the old release intact?
        ✔ web1  Verify every file of <release>  <time>
      ▸ Start beside the old release
        ✔ web1  Start web :<port>  <time>
        ✔ web1  Look after the router  <time>
      ▸ Switch
        ✔ web1  Switch the link  <time>
        ✔ web1  Mark <release> as live  <time>
        ✔ web1  Switch the router  <time>
      ▸ Prove
        ✔ web1  Does <release> answer?  <time>  answers release <release>
        ✔ web1  Health: health  <time>  health: 200 OK, 15 bytes, <time>
        ✔ web1  Smoke: page  <time>  page: 200 OK, 16 bytes, <time>
      ▸ Settle
        ✔ web1  Mark <release> as proven  <time>
        ✔ web1  Mark <release> as undone  <time>
        ✔ web1  Drain the old slot  <time>
        ✔ web1  Stop web :<port> of <release>  <time>
      --- stdout, exit 0
      ✔ <release> serves on test and is proven  <time>
        → stellwerk status test
      "
    `)
  })
})

describe('auf Deutsch', () => {
  const de = ['test', '--lang', 'de']
  test('ein Deploy', async () => {
    expect(normal(await shop.deploy(await shop.bundle('v4'), ...de))).toMatchInlineSnapshot(`
      "· Die Sperre auf web1 wird genommen
      deploy shop v4 (8090fd3) auf test: <release>
      ▸ Release veröffentlichen
        ✔ web1  1 altes Release entfernen  <time>
        ✔ web1  1 Datei senden, 16 B  <time>
        ✔ web1  <release> als ready vermerken  <time>
      ▸ Neben dem alten Release starten
        ✔ web1  web :<port> starten  <time>
        ✔ web1  Nach dem Router sehen  <time>
      ▸ Umschalten
        ✔ web1  Link umschalten  <time>
        ✔ web1  <release> als live vermerken  <time>
        ✔ web1  Router umschalten  <time>
      ▸ Beweisen
        ✔ web1  Antwortet <release>?  <time>  es antwortet Release <release>
        ✔ web1  Health: health  <time>  health: 200 OK, 15 Bytes, <time>
        ✔ web1  Smoke: page  <time>  page: 200 OK, 16 Bytes, <time>
      ▸ Abschließen
        ✔ web1  <release> als proven vermerken  <time>
        ✔ web1  Alten Platz auslaufen lassen  <time>
        ✔ web1  web :<port> von <release> anhalten  <time>
        ✔ web1  1 altes Release entfernen  <time>
      --- stdout, exit 0
      ✔ <release> dient auf test und hat sich bewährt  <time>
        → stellwerk status test
      "
    `)
  })
  test('ein gescheiterter Deploy', async () => {
    expect(normal(await shop.deploy(await shop.bundle('v5', sick), ...de))).toMatchInlineSnapshot(`
      "· Die Sperre auf web1 wird genommen
      deploy shop v5 (59e8593) auf test: <release>
      ▸ Release veröffentlichen
        ✔ web1  1 Datei senden, 62 B  <time>
        ✔ web1  <release> als ready vermerken  <time>
      ▸ Neben dem alten Release starten
        ✔ web1  web :<port> starten  <time>
        ✔ web1  Nach dem Router sehen  <time>
      ▸ Umschalten
        ✔ web1  Link umschalten  <time>
        ✔ web1  <release> als live vermerken  <time>
        ✔ web1  Router umschalten  <time>
      ▸ Beweisen
        ✔ web1  Antwortet <release>?  <time>  es antwortet Release <release>
        ✖ web1  Health: health  <time>  health: $.status ist "kritisch", erwartet "ok" (200 OK, 21 Bytes, <time>)
      ↶ Alles zurück: Prüfung "health" nicht bestanden
        ✔ web1  Auf <release>, Port <port>, zurückschalten  <time>
        ✔ web1  current wieder auf <release> zeigen lassen  <time>
        ✔ web1  web :<port> anhalten  <time>
        ✔ web1  Das neue Release verwerfen  <time>
      ✖ Prüfung "health" nicht bestanden  STW-K001
        wo:   web1  verify/web1/health
        weil: $.status ist "kritisch", erwartet "ok" (200 OK, 21 Bytes, <time>)
          │ {"status":"kritisch"}
        → Auf web1: curl -i http://127.0.0.1:<port>/health
      --- stdout, exit 1
      ✖ Gescheitert und vollständig zurückgenommen: alle sehen das alte Release  <time>
        → stellwerk logs test --run <run>
      "
    `)
  })
  test('ein Rollback', async () => {
    expect(normal(await shop.rollback(...de))).toMatchInlineSnapshot(`
      "· Die Sperre auf web1 wird genommen
      rollback shop auf test: <release>
      ▸ Ist das alte Release unversehrt?
        ✔ web1  Jede Datei von <release> prüfen  <time>
      ▸ Neben dem alten Release starten
        ✔ web1  web :<port> starten  <time>
        ✔ web1  Nach dem Router sehen  <time>
      ▸ Umschalten
        ✔ web1  Link umschalten  <time>
        ✔ web1  <release> als live vermerken  <time>
        ✔ web1  Router umschalten  <time>
      ▸ Beweisen
        ✔ web1  Antwortet <release>?  <time>  es antwortet Release <release>
        ✔ web1  Health: health  <time>  health: 200 OK, 15 Bytes, <time>
        ✔ web1  Smoke: page  <time>  page: 200 OK, 16 Bytes, <time>
      ▸ Abschließen
        ✔ web1  <release> als proven vermerken  <time>
        ✔ web1  <release> als undone vermerken  <time>
        ✔ web1  Alten Platz auslaufen lassen  <time>
        ✔ web1  web :<port> von <release> anhalten  <time>
      --- stdout, exit 0
      ✔ <release> dient auf test und hat sich bewährt  <time>
        → stellwerk status test
      "
    `)
  })
})

test('quiet says nothing but what needs attention, and colour is never put into a pipe', async () => {
  const quiet = await shop.deploy(await shop.bundle('v6'), '--quiet')
  expect(quiet.code, quiet.said).toBe(0)
  expect(quiet.err).toBe('')
  expect(quiet.said).not.toContain('\u001b')
})
