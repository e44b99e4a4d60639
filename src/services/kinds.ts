// Every step kind of services, by name.
import type { Kinds } from '../engine/step.ts'
import { type CommandAct, type CommandRemember, commandAct, commandRemember } from './command/step.ts'
import { type ComposeImage, type ComposeKeep, composeImage, composeKeep } from './compose/image-steps.ts'
import { type ComposeStart, type ComposeStop, composeStart, composeStop } from './compose/run-steps.ts'
import { type ServiceStart, type ServiceStop, serviceStart, serviceStop } from './process/kinds.ts'
import {
  type SystemdApply,
  type SystemdRemember,
  systemdApply,
  systemdRemember,
} from './systemd/apply-step.ts'
import { type SystemdUnit, systemdUnit } from './systemd/unit-step.ts'

export type ServiceStep =
  | ServiceStart
  | ServiceStop
  | SystemdUnit
  | SystemdRemember
  | SystemdApply
  | CommandAct
  | CommandRemember
  | ComposeImage
  | ComposeStop
  | ComposeStart
  | ComposeKeep

export const serviceKinds = {
  'service.start': serviceStart,
  'service.stop': serviceStop,
  'systemd.unit': systemdUnit,
  'systemd.remember': systemdRemember,
  'systemd.apply': systemdApply,
  'command.act': commandAct,
  'command.remember': commandRemember,
  'compose.image': composeImage,
  'compose.stop': composeStop,
  'compose.start': composeStart,
  'compose.keep': composeKeep,
} satisfies Kinds
