// Services as a person starts and stops them: systemctl, docker compose, a shell. Nothing here is run; guides print it.
import { quote } from '../core/shell.ts'
import type { HandPlace } from '../engine/step.ts'
import type { CommandAct } from './command/step.ts'
import { exportLines } from './command-line.ts'
import type { ComposeSpec } from './compose/spec.ts'
import { slotDirectory } from './process/library.ts'
import { type ProcessSpec, seconds } from './process/spec.ts'
import type { SystemdApply } from './systemd/apply-step.ts'
import type { UnitPlace } from './systemd/systemctl.ts'
import type { SystemdUnit } from './systemd/unit-step.ts'

/** Started like this it runs without a supervisor: nobody starts it again when it falls. */
export function startByHand(
  { spec }: { readonly spec: ProcessSpec },
  { root }: HandPlace,
): readonly string[] {
  const log = quote(`${slotDirectory(root, spec.service, spec.slot)}/log/by-hand.log`)
  return [
    `cd ${quote(`${root}/releases/${spec.release}`)}`,
    ...(spec.port === undefined ? [] : [`export PORT=${spec.port}`]),
    `export RELEASE=${quote(spec.release)} STELLWERK_RELEASE=${quote(spec.release)}`,
    ...exportLines(spec.env, spec.secrets).map(line => line.replace(/; export (\w+)$/, ' && export $1')),
    `nohup sh -c ${quote(spec.command)} >>${log} 2>&1 </dev/null &`,
    ...(spec.port === undefined ? [] : [`ss -ltnp 'sport = :${spec.port}'`]),
  ]
}

/** The process is the one that runs in the directory of its release, and listens on its port where it has one. */
export function stopByHand({ spec }: { readonly spec: ProcessSpec }, { root }: HandPlace): readonly string[] {
  const file = quote(`${slotDirectory(root, spec.service, spec.slot)}/pid`)
  return [
    `cat ${file}`,
    ...(spec.port === undefined ? [] : [`ss -ltnp 'sport = :${spec.port}'`]),
    `kill -${spec.stop.signal} '<pid>'`,
  ]
}

function systemctl({ scope, sudo }: UnitPlace): string {
  return scope === 'user' ? 'systemctl --user' : sudo ? 'sudo systemctl' : 'systemctl'
}

export function applyByHand(step: SystemdApply): readonly string[] {
  const unit = quote(step.unit)
  return [
    `${systemctl(step)} ${step.action} ${unit}`,
    `${systemctl({ ...step, sudo: false })} ${step.action === 'stop' ? 'show -p ActiveState' : 'is-active'} ${unit}`,
  ]
}

export function unitByHand(step: SystemdUnit): readonly string[] {
  const unit = quote(step.unit)
  return [
    `${systemctl(step)} edit --full --force ${unit}`,
    `${systemctl(step)} daemon-reload`,
    `${systemctl(step)} enable ${unit}`,
  ]
}

function compose(spec: ComposeSpec, root: string, words: string): string {
  const release = `${root}/releases/${spec.release}`
  const file = spec.file.startsWith('/') ? spec.file : `${release}/${spec.file}`
  const tool = `${spec.sudo ? 'sudo ' : ''}${spec.engine ?? 'docker'} compose`
  return `RELEASE=${quote(spec.release)} ${tool} -p ${quote(spec.project)} -f ${quote(file)} ${words}`
}

export const composeImageByHand = ({ spec }: { spec: ComposeSpec }, { root }: HandPlace) => [
  compose(spec, root, `pull ${spec.name}`),
]
export const composeStartByHand = ({ spec }: { spec: ComposeSpec }, { root }: HandPlace) => [
  compose(spec, root, `up -d --no-deps ${spec.name}`),
  compose(spec, root, `ps ${spec.name}`),
]
export const composeStopByHand = ({ spec }: { spec: ComposeSpec }, { root }: HandPlace) => [
  compose(spec, root, `stop -t ${seconds(spec.stop)} ${spec.name}`),
]

export function actByHand({ spec, action }: CommandAct, { root }: HandPlace): readonly string[] {
  const command = action === 'reload' ? spec.reload : spec[action]
  return [`cd ${quote(`${root}/current`)}`, ...(command === undefined ? [] : [command]), spec.status]
}
