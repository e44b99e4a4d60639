import { expect, test } from 'vitest'
import { Secret } from '../core/secret.ts'
import type { AskedSignOff } from '../runbook/waiting.ts'
import type { Context } from './context.ts'
import type { Session } from './session.ts'
import { signatureFor } from './signing.ts'

const asked: AskedSignOff = { id: 'x', title: 'X', role: 'qa', evidence: 'text', persons: 1, timeout: 1 }

test('neither a known secret nor what looks like one is kept with a signature', async () => {
  const flags = { by: 'Anna\u001b[31m Berg', evidence: 'admin password=hunter2 and hunter2hunter2\nin' }
  const self = { by: 'me', machine: 'laptop' }
  const clock = { now: () => new Date(0) }
  const context = { flags, wiring: { self, clock } } as unknown as Context
  const secrets = new Map([['TOKEN', new Secret('hunter2hunter2')]])

  const signed = await signatureFor(context, { config: { secrets } } as unknown as Session, asked, [])

  expect(signed).toMatchObject({
    value: { by: 'Anna [31m Berg', evidence: 'admin password=[secret] and [secret] in' },
  })
})
