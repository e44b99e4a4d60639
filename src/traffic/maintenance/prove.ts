// A real request, as a visitor would send it: what the host says of maintenance must be what visitors get.
import type { Address } from '../../checks/context.ts'
import { runCheck } from '../../checks/index.ts'
import { httpCheck } from '../../config/schema/check.ts'
import type { Clock } from '../../core/clock.ts'
import { text } from '../../core/lang.ts'
import type { HereKind, Step } from '../../engine/step.ts'
import { type Located, stateScript } from './kinds.ts'

export interface MaintenanceProof extends Step {
  readonly kind: 'maintenance.prove'
  readonly host: string
  /** Whose state is proven. */
  readonly of: Located
  readonly address: Address
}

const anyStatus = Array.from({ length: 500 }, (_, index) => index + 100)
const visitor = { 'X-Stellwerk-Visitor': 'proof' } as const

export function proveKind(deps: { readonly clock: Clock }): HereKind<MaintenanceProof> {
  return {
    at: 'here',
    describe: ({ address }) =>
      text(
        `Ask ${address.host}:${address.port} as a visitor would`,
        `${address.host}:${address.port} fragen, wie ein Besucher es täte`,
      ),
    run: async (step, { host, signal, secret, redact }) => {
      const said = await host?.run(stateScript(step.of), { timeout: 20_000, signal })
      const state = /^maintenance (\w+)$/m.exec(said?.stdout ?? '')?.[1]
      if (state !== 'on' && state !== 'off') {
        return {
          verdict: 'unknown',
          observed: text('the host does not say whether it is on', 'der Host sagt nicht, ob sie an ist'),
        }
      }
      const mark = 'X-Stellwerk-Maintenance'
      const check = httpCheck.parse({
        kind: 'http',
        url: '/',
        headers: visitor,
        timeout: '10s',
        retries: 3,
        every: '500ms',
        expect:
          state === 'on'
            ? { status: 503, headers: { [mark]: { exists: true } } }
            : { status: anyStatus, headers: { [mark]: { exists: false } } },
      })
      const result = await runCheck('maintenance', check, {
        ...(host && { host }),
        address: step.address,
        signal,
        secret,
        redact,
        clock: deps.clock,
      })
      const { verdict, observed } = result
      const data = { maintenance: state }
      if (verdict === 'pass') return { verdict, observed, data }
      return {
        verdict,
        observed,
        data,
        problem: {
          code: 'STW-M812',
          what:
            state === 'on'
              ? text(
                  `Visitors of ${step.host} do not get the maintenance page`,
                  `Besucher von ${step.host} bekommen die Wartungsseite nicht`,
                )
              : text(
                  `Visitors of ${step.host} still get the maintenance page`,
                  `Besucher von ${step.host} bekommen noch die Wartungsseite`,
                ),
          where: { host: step.host, step: step.id },
          why: observed,
        },
      }
    },
  }
}
