// What the fragments know about one service of a compose file. JSON, kept in plans.
import type { ComposeService } from '../../config/schema/service.ts'

/** Where its containers are found. */
export interface ComposePlace {
  /** Name in stellwerk.yaml. */
  readonly service: string
  readonly project: string
  /** Name in the compose file. */
  readonly name: string
  /** Absent: what answers, docker first. */
  readonly engine?: 'docker' | 'podman'
  readonly sudo: boolean
  /** Reaches the engine, its compose tool and, where the compose file says so, the container. */
  readonly env: Readonly<Record<string, string>>
  readonly secrets: readonly string[]
}

export interface ComposeSpec extends ComposePlace {
  readonly release: string
  /** The compose file: below the release, or absolute. */
  readonly file: string
  /** Repository of the tags that keep images: `stellwerk/<app>-<service>`. */
  readonly keep: string
  readonly port?: number
  /** It must have a health check. */
  readonly health: boolean
  /** Milliseconds until it is ready. */
  readonly ready: number
  /** Milliseconds, then KILL. */
  readonly stop: number
  /** Milliseconds to fetch an image, and to create the container. */
  readonly timeout: number
}

/** Where the image of a release is named: by stellwerk.yaml, by a file of the release, or by the compose file. */
export type ImageSource =
  | { readonly from: 'config'; readonly reference: string }
  | { readonly from: 'lock'; readonly file: string }
  | { readonly from: 'compose' }

export function imageSource(service: Pick<ComposeService, 'images'>, name: string): ImageSource {
  const { images } = service
  if (typeof images === 'string') return { from: 'lock', file: images }
  const reference = images?.[name]
  return reference === undefined ? { from: 'compose' } : { from: 'config', reference }
}

export function placeOf(
  name: string,
  service: ComposeService,
  app: { readonly app: string; readonly environment: string },
  env: Readonly<Record<string, string>>,
  secrets: readonly string[],
): ComposePlace {
  return {
    service: name,
    project: service.project ?? `${app.app}-${app.environment}`,
    name: service.service ?? name,
    ...(service.engine === undefined ? {} : { engine: service.engine }),
    sudo: service.sudo,
    env,
    secrets,
  }
}

/** On the host, for each release: `<release>.image` (lines `reference`, `id`, `stable`) and `<release>.yaml`, the second
 *  compose file: it names the image by its id, and the release. */
export function composeDirectory(root: string, service: string): string {
  return `${root}/.stellwerk/compose/${service}`
}

/** For printf: what the second compose file says beside the image; takes the release three times. */
export const releaseLines =
  '    environment:\\n      RELEASE: "%s"\\n      STELLWERK_RELEASE: "%s"\\n    labels:\\n      stellwerk.release: "%s"\\n'
