// Whether the web server before the app knows where to send what goes to the app.
import { closest } from '../../core/closest.ts'
import { type Draft, names } from '../draft.ts'
import { valueAt } from '../path.ts'
import { type Finding, faults, finding } from '../problems.ts'
import { proxy } from '../schema/proxy.ts'

export function checkProxy({ raw, router, services }: Draft): Finding[] {
  const parsed = proxy.safeParse(valueAt(raw, ['proxy']))
  const api = parsed.success ? parsed.data.api : undefined
  if (api === undefined) return []
  const known = names(raw, 'services')
  const { service } = api
  if (service !== undefined && !known.includes(service))
    return [
      finding(faults.proxyServiceUnknown(service, closest(service, known), known), {
        path: ['proxy', 'api', 'service'],
        on: 'value',
      }),
    ]
  // A router or a service with mistakes of its own is reported there.
  if (router === undefined && valueAt(raw, ['router']) !== undefined) return []
  const switched = router && router.kind !== 'symlink' ? router.service : undefined
  const wanted = service ?? switched ?? (known.length === 1 ? known[0] : undefined)
  if (wanted !== undefined && wanted === switched) return []
  const found = wanted === undefined ? undefined : services.get(wanted)
  if (wanted !== undefined && found === undefined) return []
  return found?.ports.length === 1
    ? []
    : [finding(faults.proxyNoPlace(), { path: ['proxy', 'api'], on: 'key' })]
}
