// The steps of a release as a person would type them: tar, ln, mv. Nothing here is run; guides print it.
import { posix } from 'node:path'
import { quote } from '../../core/shell.ts'
import { shellValue } from '../../core/shell-value.ts'
import type { HandPlace } from '../../engine/step.ts'
import { layout } from '../layout.ts'
import type { CommandStep } from './command.ts'
import type { PreviewStep } from './preview.ts'
import type { PruneStep } from './prune.ts'
import type { LinkStep, ProbeStep } from './shared.ts'
import type { StageStep } from './stage.ts'
import type { SwitchStep } from './switch.ts'
import type { VerifyStep } from './verify.ts'

export function stageByHand({ root, record }: StageStep, { address }: HandPlace): readonly string[] {
  const release = quote(layout.release(root, record.id))
  const file = address === undefined ? '<bundle>.stw.tar.zst' : '/tmp/bundle.tar.zst'
  return [
    ...(address === undefined ? [] : [`scp '<bundle>.stw.tar.zst' ${quote(`${address}:${file}`)}`]),
    `mkdir -p ${release}`,
    `tar --zstd -xf ${quote(file)} -C ${release}`,
    checkSums(release),
  ]
}

export const verifyByHand = ({ root, release }: VerifyStep): readonly string[] => [
  checkSums(quote(layout.release(root, release))),
]

function checkSums(release: string): string {
  return `(cd ${release} && sha256sum --quiet -c SHA256SUMS) && echo intact`
}

export function linkByHand(step: LinkStep): readonly string[] {
  const shared = layout.shared(step.root)
  const release = layout.release(step.root, step.release)
  const made = [...step.directories, ...step.skeleton].map(path => quote(`${shared}/${path}`))
  return [
    ...(made.length === 0 ? [] : [`mkdir -p ${made.join(' ')}`]),
    ...[...step.directories, ...step.files].map(path => {
      const up = posix.relative(posix.join('releases', step.release, posix.dirname(path)), 'shared')
      const parent = posix.dirname(path)
      const first = parent === '.' ? '' : `mkdir -p ${quote(`${release}/${parent}`)} && `
      return `${first}ln -sT ${quote(posix.join(up, path))} ${quote(`${release}/${path}`)}`
    }),
  ]
}

export function probeByHand({ directories, user }: ProbeStep): readonly string[] {
  const as = user === undefined ? '' : `sudo -u ${quote(user)} `
  return directories.map(directory => {
    const file = quote(`${directory}/.probe`)
    return `${as}touch ${file} && ${as}rm ${file} && echo writable`
  })
}

export function commandByHand(step: CommandStep): readonly string[] {
  if (step.when === 'back') return []
  const { commands, onlyIf } = step
  const pending = onlyIf === undefined ? [] : [`${onlyIf}; echo "0: pending, 3: nothing to do; this is $?"`]
  return inRelease(step, [...pending, ...commands])
}

export const previewByHand = (step: PreviewStep): readonly string[] => inRelease(step, [step.command])

/** In a shell of its own, which a command may leave: whoever pastes it keeps theirs. */
function inRelease(
  { root, release, environment, env, known }: CommandStep | PreviewStep,
  commands: readonly string[],
): readonly string[] {
  const own = { RELEASE: release, STELLWERK_ENVIRONMENT: environment }
  const set = Object.entries({ ...own, ...env })
  return [
    '(',
    `cd ${quote(layout.release(root, release))} || exit`,
    ...set.map(([name, value]) => `export ${name}=${shellValue(value, known)}`),
    ...commands.map(command => command.trim()),
    ')',
  ]
}

/** A rename: there is no moment without `current`. */
export function switchByHand({ root, release }: SwitchStep): readonly string[] {
  const link = quote(`${root}/.current.by-hand`)
  const current = quote(layout.current(root))
  return [
    `ln -sfn ${quote(`releases/${release}`)} ${link} && mv -fT ${link} ${current}`,
    `readlink ${current}`,
  ]
}

export const pruneByHand = ({ root, remove }: PruneStep): readonly string[] =>
  remove.map(id => `rm -rf -- ${quote(layout.release(root, id))}`)
