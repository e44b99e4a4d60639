// The steps of one compose service. Its image is held fast before anything stops; its container stops before the link
// moves and is created anew after it. Taken back in reverse, the old one is created again from its own release.
import type { ComposeService } from '../config/schema/service.ts'
import { text } from '../core/lang.ts'
import { referenced } from '../core/shell-value.ts'
import { isContainerUp } from './compose/facts.ts'
import type { ComposeImage, ComposeKeep } from './compose/image-steps.ts'
import type { ComposeStart, ComposeStop } from './compose/run-steps.ts'
import { type ComposeSpec, imageSource, placeOf } from './compose/spec.ts'
import type { Part, ServiceContext } from './plan-services.ts'

export function planCompose(
  name: string,
  service: ComposeService,
  context: ServiceContext,
  options: { readonly restart: boolean },
): Part {
  const fact = context.facts.composes.find(each => each.service === name)
  const up = fact?.containers.find(isContainerUp)
  // What does not run needs no stop, and must not be started by an undo either.
  const old = up === undefined ? undefined : (up.release ?? context.previous)
  const next = specOf(name, service, context, context.release)
  const path = service.ready.path
  return {
    before: options.restart ? [] : [image(next, service, context)],
    leave: old === undefined ? [] : [stop(specOf(name, service, context, old), context)],
    arrive: [
      start(next, context, old === undefined),
      ...(path === undefined || next.port === undefined || context.readyStep === undefined
        ? []
        : [context.readyStep(name, next.port, path, service.ready.timeout)]),
    ],
    settle: [keep(next, context)],
  }
}

function specOf(
  name: string,
  service: ComposeService,
  context: ServiceContext,
  release: string,
): ComposeSpec {
  const env = { ...context.host.env, ...service.env }
  const port = service.ports[0]
  return {
    ...placeOf(name, service, context, env, referenced(Object.values(env), context.secretNames)),
    release,
    file: service.file,
    keep: `stellwerk/${context.app}-${name}`,
    ...(port === undefined ? {} : { port }),
    health: service.ready.health,
    ready: service.ready.timeout,
    stop: service.stop.timeout,
    timeout: service.timeout,
  }
}

function at(spec: ComposeSpec, context: ServiceContext, word: string) {
  return {
    id: `services/${context.host.name}/${spec.service}/${word}`,
    host: context.host.name,
    timeout: spec.timeout + spec.ready + spec.stop + 60_000,
    spec,
  }
}

function image(spec: ComposeSpec, service: ComposeService, context: ServiceContext): ComposeImage {
  return {
    ...at(spec, context, 'image'),
    kind: 'compose.image',
    source: imageSource(service, spec.name),
    title: text(`Hold the image of ${spec.service} fast`, `Das Image von ${spec.service} festhalten`),
    undo: {
      how: 'auto',
      title: text(`Give the image of ${spec.service} up`, `Das Image von ${spec.service} aufgeben`),
    },
  }
}

function stop(spec: ComposeSpec, context: ServiceContext): ComposeStop {
  return {
    ...at(spec, context, 'stop'),
    kind: 'compose.stop',
    title: text(`Stop ${spec.service} of ${spec.release}`, `${spec.service} von ${spec.release} anhalten`),
    undo: {
      how: 'auto',
      title: text(
        `Start ${spec.service} of ${spec.release} again`,
        `${spec.service} von ${spec.release} wieder starten`,
      ),
    },
  }
}

function start(spec: ComposeSpec, context: ServiceContext, first: boolean): ComposeStart {
  return {
    ...at(spec, context, 'start'),
    kind: 'compose.start',
    first,
    title: text(`Start ${spec.service}`, `${spec.service} starten`),
    undo: { how: 'auto', title: text(`Stop ${spec.service}`, `${spec.service} anhalten`) },
  }
}

function keep(spec: ComposeSpec, context: ServiceContext): ComposeKeep {
  return {
    ...at(spec, context, 'keep'),
    kind: 'compose.keep',
    title: text(`Keep the image of ${spec.service}`, `Das Image von ${spec.service} behalten`),
    undo: { how: 'none', why: text('a proven image is kept', 'ein bewährtes Image bleibt') },
  }
}
