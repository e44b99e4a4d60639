// Which checks doctor asks before a window, and what one that did not pass comes to. It asks what only looks; what would change data,
// and what nothing can answer yet, is left to the deploy and named.
import type { NamedCheck } from '../checks/index.ts'
import type { Config, HostConfig } from '../config/config.ts'
import { concerns } from '../config/roles.ts'
import type { Check } from '../config/schema/check.ts'
import { tlsCheck } from '../config/schema/checks/tls.ts'
import { type Text, text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import type { CheckResult } from '../engine/check-result.ts'
import type { DoctorFinding } from './doctor-finding.ts'
import { mendOf, mendsOf } from './doctor-mends.ts'
import { checksOf } from './given.ts'

export interface LeftOut {
  readonly check: string
  readonly why: Text
}

export interface DoctorChecks {
  readonly asked: readonly NamedCheck[]
  readonly left: readonly LeftOut[]
}

/** About the machine, the secrets and the world around: true or not, whether the app runs or not. */
const always: readonly Check['kind'][] = [
  'disk',
  'memory',
  'cpu',
  'gpu',
  'tls',
  'dns',
  'env',
  'secret',
  'clock',
  'port',
]

/** `runs`: something answers where the app of this host is reached. */
export function doctorChecks(config: Config, host: HostConfig, runs: boolean): DoctorChecks {
  const drains = Object.values(config.services).flatMap(({ drain }) => drain?.check ?? [])
  const asked: NamedCheck[] = []
  const left: LeftOut[] = []
  for (const named of checksOf(config, host, Object.keys(config.checks))) {
    const why = whyLeft(named, { config, drains, runs })
    // Once is enough: nothing has just been started that one would wait for.
    if (why === undefined) asked.push({ ...named, check: { ...named.check, retries: 0 } })
    else left.push({ check: named.name, why })
  }
  return { asked: [...asked, ...proxyChecks(config, host)], left }
}

/** No name of a check, which hold no dot. */
const proxyTls = 'proxy.tls'

/** The certificate that the web server before the app is to serve. */
function proxyChecks({ proxy, router }: Config, host: HostConfig): readonly NamedCheck[] {
  if (proxy === undefined || typeof proxy.tls === 'string') return []
  if (router !== undefined && router.kind !== 'symlink' && !concerns(router.roles, host)) return []
  const { certificate: file } = proxy.tls
  return [{ name: proxyTls, check: tlsCheck.parse({ kind: 'tls', file, name: proxy.names[0] }) }]
}

interface Given {
  readonly config: Config
  readonly drains: readonly string[]
  readonly runs: boolean
}

function whyLeft({ name, check }: NamedCheck, { config, drains, runs }: Given): Text | undefined {
  if (config.gates.includes(name) || always.includes(check.kind)) return undefined
  if (drains.includes(name))
    return text(
      'it is asked while a service comes to rest',
      'sie wird gefragt, während ein Dienst zur Ruhe kommt',
    )
  if (mayChange(check)) {
    const command = `stellwerk check ${config.environment.name} --only ${name}`
    return text(`it may change data: ${command}`, `sie kann Daten ändern: ${command}`)
  }
  return runs ? undefined : text('nothing runs there yet', 'dort läuft noch nichts')
}

function mayChange(check: Check): boolean {
  switch (check.kind) {
    case 'http':
      return !['GET', 'HEAD', 'OPTIONS'].includes(check.method)
    case 'page':
      return check.steps.some(step => 'fill' in step || 'click' in step)
    case 'flow':
    case 'command':
      return true
    default:
      return false
  }
}

export function checkFindings(
  config: Config,
  host: HostConfig,
  results: readonly CheckResult[],
): readonly DoctorFinding[] {
  return results
    .filter(({ verdict }) => verdict !== 'pass')
    .map(result => ({
      problem: problemOf(config, host, result),
      weight: !result.blocks ? 'warns' : result.verdict === 'unknown' ? 'unknown' : 'blocks',
      key:
        result.kind === 'identity'
          ? ['verify', 'identity']
          : result.check === proxyTls
            ? proxyTls.split('.')
            : ['checks', result.check],
    }))
}

function problemOf(config: Config, host: HostConfig, result: CheckResult): Problem {
  const { check: name, observed } = result
  const where = result.host === undefined ? {} : { where: { host: result.host } }
  const certificate = proxyChecks(config, host)[0]?.check
  const next =
    name === proxyTls && certificate ? mendOf(config, host, certificate) : mendsOf(config, host, name)
  if (result.verdict === 'unknown')
    return {
      code: 'STW-D709',
      what: text(`Nobody can tell whether "${name}" holds`, `Niemand weiß, ob „${name}“ erfüllt ist`),
      ...where,
      why: observed,
      next,
    }
  return {
    code: 'STW-D708',
    what: text(`"${name}" does not hold`, `„${name}“ ist nicht erfüllt`),
    ...where,
    why: observed,
    next,
  }
}
