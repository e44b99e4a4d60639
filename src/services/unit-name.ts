// Names that a service has outside of Stellwerk.
import type { SystemdService } from '../config/schema/service.ts'

/** Where services live: the app, its environment, and its directory on the host. */
export interface AppPlace {
  readonly app: string
  readonly environment: string
  readonly root: string
  /** Variables of the host. */
  readonly env?: Readonly<Record<string, string>>
}

export function unitName(
  name: string,
  service: SystemdService,
  place: Pick<AppPlace, 'app' | 'environment'>,
): string {
  return service.unit ?? `${place.app}-${place.environment}-${name}.service`
}
