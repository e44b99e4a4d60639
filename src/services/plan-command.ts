// The steps of one service with commands of its own: reload after the switch when it can, else stop before and start
// after it.
import type { CommandService } from '../config/schema/service.ts'
import { text } from '../core/lang.ts'
import { referenced } from '../core/shell-value.ts'
import type { Step } from '../engine/step.ts'
import type { CommandAct, CommandAction, CommandRemember, CommandSpec } from './command/step.ts'
import type { Part, ServiceContext } from './plan-services.ts'

export function planCommand(
  name: string,
  service: CommandService,
  context: ServiceContext,
  options: { readonly restart: boolean },
): Part {
  const { previous, release } = context
  const state = context.facts.commands.find(fact => fact.service === name)?.state ?? 'unknown'
  const next = specOf(name, service, context, release)
  // What does not run needs no stop, and must not be started by an undo either.
  if (previous === undefined || state === 'stopped') {
    return { before: [], leave: [], arrive: [act('start', next, context)], settle: [] }
  }
  const old = specOf(name, service, context, previous)
  if (service.reload !== undefined && !options.restart) {
    return { before: [], leave: [remember(old, context)], arrive: [act('reload', next, context)], settle: [] }
  }
  return { before: [], leave: [act('stop', old, context)], arrive: [act('start', next, context)], settle: [] }
}

function specOf(
  name: string,
  service: CommandService,
  context: ServiceContext,
  release: string,
): CommandSpec {
  const env = { ...context.host.env, ...service.env }
  const port = service.ports[0]
  const commands = [service.start, service.stop, service.status, service.reload ?? '']
  return {
    service: name,
    release,
    start: service.start,
    stop: service.stop,
    status: service.status,
    ...(service.reload === undefined ? {} : { reload: service.reload }),
    timeout: service.timeout,
    ready: service.ready.timeout,
    ...(port === undefined ? {} : { port }),
    env,
    secrets: referenced([...commands, ...Object.values(env)], context.secretNames),
  }
}

function act(action: CommandAction, spec: CommandSpec, context: ServiceContext): CommandAct {
  const { service } = spec
  const titles = {
    start: text(`Start ${service}`, `${service} starten`),
    stop: text(`Stop ${service}`, `${service} anhalten`),
    reload: text(`Reload ${service}`, `${service} neu laden`),
  }
  const undo: Step['undo'] =
    action === 'reload'
      ? {
          how: 'none',
          why: text(
            `${idOf(spec, context, 'remember')} takes it back, once the old link is back`,
            `${idOf(spec, context, 'remember')} nimmt es zurück, sobald der alte Link steht`,
          ),
        }
      : { how: 'auto', title: action === 'start' ? titles.stop : titles.start }
  return {
    id: idOf(spec, context, action),
    kind: 'command.act',
    host: context.host.name,
    title: titles[action],
    timeout: 2 * spec.timeout + spec.ready + 30_000,
    undo,
    action,
    spec,
  }
}

function remember(spec: CommandSpec, context: ServiceContext): CommandRemember {
  const { service } = spec
  return {
    id: idOf(spec, context, 'remember'),
    kind: 'command.remember',
    host: context.host.name,
    title: text(`Prepare the way back of ${service}`, `Rückweg von ${service} vorbereiten`),
    timeout: 2 * spec.timeout + spec.ready + 30_000,
    undo: {
      how: 'auto',
      title: text(`Reload ${service} with the old release`, `${service} mit dem alten Release neu laden`),
    },
    spec,
  }
}

function idOf(spec: CommandSpec, context: ServiceContext, word: string): string {
  return `services/${context.host.name}/${spec.service}/${word}`
}
