// Services as a person starts and stops them: systemctl, docker compose, a shell. Nothing here is run; guides print it.
import { quote } from '../core/shell.ts'
import type { HandPlace } from '../engine/step.ts'
import type { CommandAct } from './command/step.ts'
import { exportLines } from './command-line.ts'
import { type ComposeSpec, composeDirectory, type ImageSource, releaseLines } from './compose/spec.ts'
import { slotDirectory } from './process/library.ts'
import { type ProcessSpec, seconds } from './process/spec.ts'
import type { SystemdApply } from './systemd/apply-step.ts'
import type { UnitPlace } from './systemd/systemctl.ts'
import type { SystemdUnit } from './systemd/unit-step.ts'

function exported(spec: Pick<ProcessSpec, 'env' | 'secrets'>): readonly string[] {
  return exportLines(spec.env, spec.secrets).map(line => line.replace(/; export (\w+)$/, ' && export $1'))
}

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
    ...exported(spec),
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

function engineOf({ engine = 'docker', sudo }: ComposeSpec): string {
  return `${sudo ? 'sudo -E ' : ''}${engine}`
}

function compose(spec: ComposeSpec, root: string, words: string): string {
  const over = `${composeDirectory(root, spec.service)}/${spec.release}.yaml`
  return `${engineOf(spec)} compose -p ${quote(spec.project)} --project-directory . -f ${quote(spec.file)} -f ${quote(over)} ${words}`
}

function environmentOf(spec: ComposeSpec, root: string): readonly string[] {
  const release = quote(spec.release)
  return [
    `cd ${quote(`${root}/releases/${spec.release}`)}`,
    `export RELEASE=${release} STELLWERK_RELEASE=${release}${spec.port === undefined ? '' : ` PORT=${spec.port}`}`,
    ...exported(spec),
  ]
}

/** A release that was here before has its image under the tag that keeps it, and no registry is asked. */
export function composeImageByHand(
  { spec, source }: { readonly spec: ComposeSpec; readonly source: ImageSource },
  { root }: HandPlace,
): readonly string[] {
  const engine = engineOf(spec)
  const keep = quote(`${spec.keep}:${spec.release}`)
  const over = quote(`${composeDirectory(root, spec.service)}/${spec.release}.yaml`)
  const fetched =
    source.from === 'compose'
      ? compose(spec, root, `pull ${spec.name}`)
      : `{ ref=${
          source.from === 'config'
            ? quote(source.reference)
            : `$(sed -n ${quote(`s/^${spec.name.replaceAll('.', '[.]')}:\\{0,1\\}[[:space:]]\\{1,\\}//p`)} ${quote(source.file)})`
        } && ${engine} pull "$ref" && ${engine} tag "$ref" ${keep}; }`
  const image = source.from === 'compose' ? '' : `    image: ${spec.keep}:${spec.release}\\n`
  const content = `printf ${quote(`services:\\n  ${spec.name}:\\n${image}${releaseLines}`)} ${quote(spec.release)} ${quote(spec.release)} ${quote(spec.release)}`
  return [
    ...environmentOf(spec, root),
    `mkdir -p ${quote(composeDirectory(root, spec.service))} && [ -e ${over} ] || ${content} >${over}`,
    `${engine} image inspect -f '{{.Id}}' ${keep} || ${fetched}`,
  ]
}

export function composeStartByHand(
  { spec }: { readonly spec: ComposeSpec },
  { root }: HandPlace,
): readonly string[] {
  const engine = engineOf(spec)
  return [
    ...environmentOf(spec, root),
    compose(spec, root, `up -d --no-deps --no-build ${spec.name}`),
    `${engine} ps ${filters(spec)}`,
    // Held fast whatever named it: nothing clears it away while the release is there.
    `${engine} tag "$(${engine} inspect -f '{{.Image}}' "$(${engine} ps -q ${filters(spec)} | head -n 1)")" ${quote(`${spec.keep}:${spec.release}`)}`,
  ]
}

export function composeStopByHand({ spec }: { readonly spec: ComposeSpec }): readonly string[] {
  const engine = engineOf(spec)
  return [...exported(spec), `${engine} stop -t ${seconds(spec.stop)} $(${engine} ps -q ${filters(spec)})`]
}

/** The tag that outlives the retention of releases; what is gone loses its own. */
export function composeKeepByHand({ spec }: { readonly spec: ComposeSpec }): readonly string[] {
  const engine = engineOf(spec)
  return [
    `${engine} tag ${quote(`${spec.keep}:${spec.release}`)} ${quote(spec.keep)}:stable-$(date -u +%Y%m%d)`,
    `${engine} image ls ${quote(spec.keep)}`,
    `${engine} rmi ${quote(`${spec.keep}:<gone>`)}`,
  ]
}

function filters({ project, name }: ComposeSpec): string {
  const label = 'label=com.docker.compose'
  return `--filter ${label}.project=${project} --filter ${label}.service=${name}`
}

export function actByHand({ spec, action }: CommandAct, { root }: HandPlace): readonly string[] {
  const command = action === 'reload' ? spec.reload : spec[action]
  return [`cd ${quote(`${root}/current`)}`, ...(command === undefined ? [] : [command]), spec.status]
}
