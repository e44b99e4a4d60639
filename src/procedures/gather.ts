// One read-only script that learns everything a plan needs about a host, and the reader of its answer.
import type { Config, HostConfig } from '../config/config.ts'
import { concerns } from '../config/roles.ts'
import { parseReleaseFacts, releaseFactsScript } from '../release/facts.ts'
import { parsePeople, peopleScript } from '../runbook/waiting.ts'
import { parseServiceFacts, serviceFactsScript } from '../services/index.ts'
import { parseRouterFacts, routerFactsScript } from '../traffic/index.ts'
import { maintenanceFactsScript, parseMaintenanceFacts } from '../traffic/maintenance/index.ts'
import type { HostFacts } from './facts.ts'
import { wayOf } from './maintenance-steps.ts'

export function factsScript(config: Config, host: HostConfig): string {
  const place = { app: config.app, environment: config.environment.name, root: host.root, env: host.env }
  const services = Object.fromEntries(
    Object.entries(config.services).filter(([, service]) => concerns(service.roles, host)),
  )
  return [
    releaseFactsScript(host.root, config.release.shared.files),
    serviceFactsScript(services, place),
    config.router ? routerFactsScript(config.router, host.root) : '',
    maintenanceFactsScript(wayOf(config, host, host.name), host.root),
    peopleScript(host.root),
  ].join('\n')
}

export function parseFacts(output: string, now: Date): HostFacts {
  return {
    release: parseReleaseFacts(output, now),
    services: parseServiceFacts(output),
    router: parseRouterFacts(output.split('\n')),
    maintenance: parseMaintenanceFacts(output.split('\n')),
    people: parsePeople(output),
  }
}
