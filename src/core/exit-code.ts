// The exit codes of every command. An unknown code counts as failure; new ones may appear.
export const exitCode = Object.freeze({
  done: 0,
  failedAndUnchanged: 1,
  usage: 2,
  config: 3,
  needsALook: 4,
  checkSaysNo: 5,
  locked: 6,
  unreachable: 7,
  declined: 8,
  licence: 9,
  waiting: 10,
  bug: 70,
})

export type ExitCode = (typeof exitCode)[keyof typeof exitCode]
