// C150-C154: the web server before the app.
import { text } from '../../core/lang.ts'
import { both, fault, list, meant } from './fault.ts'

export const proxyFaults = {
  proxyServiceUnknown: (name: string, near: string | undefined, known: readonly string[]) =>
    fault(
      'C150',
      text(
        `proxy.api.service names "${name}", which is not in services`,
        `proxy.api.service nennt "${name}"; das gibt es in services nicht`,
      ),
      { next: near ? meant(near) : [both(list(known))] },
    ),
  proxyNoPlace: () =>
    fault(
      'C151',
      text('proxy.api: nobody says where the app answers', 'proxy.api: Niemand sagt, wo die App antwortet'),
      {
        why: text(
          'only a service with one port has one address; with two ports the router of that service has it',
          'nur ein Dienst mit einem Port hat eine Adresse; bei zwei Ports hat sie der Router dieses Dienstes',
        ),
        next: [
          text(
            'Name proxy.api.service, or a router for it',
            'proxy.api.service nennen oder einen Router dafür',
          ),
        ],
      },
    ),
} as const
