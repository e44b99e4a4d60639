// C132-C137: maintenance mode.
import { text } from '../../core/lang.ts'
import { both, fault, list, meant } from './fault.ts'

export const maintenanceFaults = {
  nobodyShowsPage: () =>
    fault(
      'C132',
      text('maintenance: nothing can show the page', 'maintenance: niemand kann die Seite zeigen'),
      {
        why: text(
          'the router of this app is not the embedded one, and no other way is named',
          'der Router dieser App ist nicht der eingebaute, und kein anderer Weg ist genannt',
        ),
        next: [
          text(
            'Add maintenance.nginx, maintenance.endpoint or maintenance.command',
            'maintenance.nginx, maintenance.endpoint oder maintenance.command angeben',
          ),
        ],
      },
    ),
  maintenanceWays: (allowed: readonly string[]) =>
    fault(
      'C133',
      text(
        `maintenance: there is one way to turn it on, not ${allowed.length} (${list(allowed)})`,
        `maintenance: Es gibt einen Weg, sie einzuschalten, nicht ${allowed.length} (${list(allowed)})`,
      ),
    ),
  passUnknown: (name: string, near: string | undefined, known: readonly string[]) =>
    fault(
      'C134',
      text(
        `maintenance.allowHeader.secret names "${name}", which is not in secrets`,
        `maintenance.allowHeader.secret nennt "${name}"; das gibt es in secrets nicht`,
      ),
      { next: near ? meant(near) : [both(list(known))] },
    ),
  pauseNeedsRouter: () =>
    fault(
      'C135',
      text(
        'maintenance.mode: pause needs the embedded router',
        'maintenance.mode: pause braucht den eingebauten Router',
      ),
      { why: text('only it can hold a request', 'nur er kann eine Anfrage anhalten') },
    ),
  classUnused: (during: string) =>
    fault(
      'C136',
      text(
        `maintenance.during: ${during}, but no database declares such a migration`,
        `maintenance.during: ${during}, aber keine Datenbank erklärt eine solche Migration`,
      ),
      {
        why: text(
          'a deploy would never turn it on; stellwerk maintenance still does',
          'ein Deploy würde sie nie einschalten; stellwerk maintenance kann es',
        ),
        next: [both(`databases.<name>.migrate.class: ${during}`), both('maintenance.during: never')],
      },
    ),
  nobodyPasses: () =>
    fault(
      'C137',
      text(
        'maintenance: the checks of a deploy would get the page',
        'maintenance: Die Prüfungen eines Deploys bekämen die Seite',
      ),
      {
        why: text(
          'neither allow nor allowHeader lets anybody through, so no release could be proven',
          'weder allow noch allowHeader lässt jemanden durch; so wäre kein Release zu beweisen',
        ),
        next: [
          both('maintenance.allowHeader: { secret: MAINTENANCE_PASS }'),
          both('maintenance.allow: [127.0.0.1]'),
        ],
      },
    ),
} as const
