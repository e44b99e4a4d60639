// What concerns a host, by its roles.
import type { Config, HostConfig } from './config.ts'

/** `roles` absent: every host. */
export function concerns(roles: readonly string[] | undefined, host: Pick<HostConfig, 'roles'>): boolean {
  return roles === undefined || roles.some(role => host.roles.includes(role))
}

/** The router that stands on the host; a symlink is one everywhere. */
export function routerOn({ router }: Config, host: HostConfig): Config['router'] {
  return router && (router.kind === 'symlink' || concerns(router.roles, host)) ? router : undefined
}
