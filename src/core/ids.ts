// Names of releases and runs. Both sort by time and are safe as file names, shell words and URL parts.

/** `20261121_021500`, always UTC: local time repeats an hour each autumn. */
function timestamp(now: Date): string {
  const iso = now.toISOString()
  return `${iso.slice(0, 10).replaceAll('-', '')}_${iso.slice(11, 19).replaceAll(':', '')}`
}

/** `20261121_021500-abc1234`: the name of a release and of its directory. */
export function releaseId(now: Date, gitSha: string): string {
  return `${timestamp(now)}-${gitSha.slice(0, 7)}`
}

const releasePattern = /^\d{8}_\d{6}-[0-9a-z]{7}$/

export function isReleaseId(name: string): boolean {
  return releasePattern.test(name)
}

/** The second that a release is named after, as milliseconds since 1970; nothing for another name. */
export function releaseTime(name: string): number | undefined {
  if (!isReleaseId(name)) return undefined
  const [, year, month, day, hour, minute, second] = /^(....)(..)(..)_(..)(..)(..)/.exec(name) ?? []
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(time) ? undefined : time
}

/** `20261121_021500-deploy-1f3a9c`: `random` holds at least three bytes. */
export function runId(now: Date, procedure: string, random: Uint8Array): string {
  return `${timestamp(now)}-${procedure}-${Buffer.from(random).toString('hex').slice(0, 6)}`
}
