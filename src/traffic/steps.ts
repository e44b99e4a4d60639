// The step kinds of this folder, as the composition root needs them.
import type { Readable } from 'node:stream'
import { installKind, type RouterInstall } from './embedded/install.ts'
import { type RouterStart, startKind } from './embedded/start.ts'
import { drainKind, type RouterDrain, type RouterSwitch, switchKind } from './embedded/switch.ts'
import { type NginxDrain, type NginxSwitch, nginxDrainKind, nginxSwitchKind } from './nginx/switch.ts'
import { type RouterReload, reloadKind } from './reload.ts'

export type { NginxDrain, NginxSwitch, RouterDrain, RouterInstall, RouterReload, RouterStart, RouterSwitch }
export type RouterStep =
  | RouterInstall
  | RouterStart
  | RouterSwitch
  | RouterDrain
  | NginxSwitch
  | NginxDrain
  | RouterReload

const routerKinds = {
  'router.start': startKind,
  'router.switch': switchKind,
  'router.drain': drainKind,
  'router.reload': reloadKind,
  'nginx.switch': nginxSwitchKind,
  'nginx.drain': nginxDrainKind,
}

/** `openRouterFile`: content of the router program that this version brings. */
export function makeRouterKinds(deps: { readonly openRouterFile: () => Promise<Readable> }) {
  return { ...routerKinds, 'router.install': installKind(deps.openRouterFile) }
}
