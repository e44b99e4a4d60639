// The steps of one systemd service: note, write the unit, switch, restart or reload. See systemd/apply-step.ts for why
// the undo of the restart stands before the switch.
import type { SystemdService } from '../config/schema/service.ts'
import { text } from '../core/lang.ts'
import { referenced } from '../core/shell-value.ts'
import type { Part, ServiceContext } from './plan-services.ts'
import type { SystemdApply, SystemdRemember } from './systemd/apply-step.ts'
import { renderUnit } from './systemd/render-unit.ts'
import type { SystemdUnit } from './systemd/unit-step.ts'
import { unitName } from './unit-name.ts'

interface SystemdOptions {
  readonly after: readonly string[]
  readonly restart: boolean
}

export function planSystemd(
  name: string,
  service: SystemdService,
  context: ServiceContext,
  options: SystemdOptions,
): Part {
  const { host } = context
  const unit = unitName(name, service, context)
  const action = options.restart ? 'restart' : service.onDeploy
  const port = service.ports[0]
  const base = {
    host: host.name,
    service: name,
    unit,
    scope: service.scope,
    sudo: service.sudo,
    ...(port === undefined ? {} : { port }),
    ready: service.ready.timeout,
    stopTimeout: service.stop.timeout,
    timeout: service.ready.timeout + service.stop.timeout + 60_000,
  }
  const at = (word: string) => `services/${host.name}/${name}/${word}`
  const again = text(
    action === 'reload' ? `Reload ${unit} with the old release` : `Restart ${unit} with the old release`,
    action === 'reload'
      ? `${unit} mit dem alten Release neu laden`
      : `${unit} mit dem alten Release neu starten`,
  )
  const remember: SystemdRemember = {
    ...base,
    id: at('remember'),
    kind: 'systemd.remember',
    action,
    title: text(`Prepare the way back of ${unit}`, `Rückweg von ${unit} vorbereiten`),
    undo: { how: 'auto', title: again },
  }
  const apply: SystemdApply = {
    ...base,
    id: at(action),
    kind: 'systemd.apply',
    action,
    title:
      action === 'reload'
        ? text(`Reload ${unit}`, `${unit} neu laden`)
        : text(`Restart ${unit}`, `${unit} neu starten`),
    undo: {
      how: 'none',
      why: text(
        `${at('remember')} takes it back, once the old link is back`,
        `${at('remember')} nimmt es zurück, sobald der alte Link steht`,
      ),
    },
  }
  return {
    before: [],
    leave: [remember, ...unitStep(name, service, context, options)],
    arrive: [apply],
    settle: [],
  }
}

function unitStep(
  name: string,
  service: SystemdService,
  context: ServiceContext,
  options: SystemdOptions,
): SystemdUnit[] {
  if (service.command === undefined) return []
  const { host, app, environment } = context
  const unit = unitName(name, service, context)
  const env = { ...host.env, ...service.env }
  const secrets = referenced([service.command, ...Object.values(env)], context.secretNames)
  const secretsFile = `${host.root}/.stellwerk/services/${name}/secrets.env`
  const port = service.ports[0]
  return [
    {
      id: `services/${host.name}/${name}/unit`,
      kind: 'systemd.unit',
      host: host.name,
      service: name,
      unit,
      scope: service.scope,
      sudo: service.sudo,
      secrets,
      secretsFile,
      content: renderUnit({
        description: `${app} ${environment} ${name}`,
        root: host.root,
        command: service.command,
        env,
        secrets,
        secretsFile,
        ...(port === undefined ? {} : { port }),
        scope: service.scope,
        ...(service.user === undefined ? {} : { user: service.user }),
        stopTimeout: service.stop.timeout,
        after: options.after,
      }),
      title: text(`Write ${unit} when it changed`, `${unit} schreiben, wenn sie sich änderte`),
      timeout: 60_000,
      undo: { how: 'auto', title: text(`Put back the old ${unit}`, `Die alte ${unit} zurücklegen`) },
    },
  ]
}
