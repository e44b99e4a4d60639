// Channels that announcements name, and addresses that are as good as a password.
import { type Draft, keys, string, strings } from '../draft.ts'
import { formatPath } from '../path.ts'
import { type Finding, faults, finding } from '../problems.ts'
import { references } from '../variables.ts'
import { unknown } from './references.ts'

export function checkAnnouncements({ raw }: Draft): Finding[] {
  const channels = keys(raw, ['notify', 'channels']).map(({ value }) => value)
  return keys(raw, ['notify', 'announce']).flatMap(({ path }) =>
    unknown(strings(raw, path), 'notify.channels', channels),
  )
}

/** The address of a Slack webhook lets everybody write who knows it. */
export function clearAddresses({ raw }: Draft): Finding[] {
  return keys(raw, ['notify', 'channels']).flatMap(({ value: channel, path }) => {
    if (string(raw, [...path, 'kind'])[0]?.value !== 'slack') return []
    const name = `${channel.replaceAll('-', '_').toUpperCase()}_WEBHOOK`
    return string(raw, [...path, 'url'])
      .filter(({ value }) => references(value).length === 0)
      .map(url => finding(faults.clearAddress(formatPath(url.path), name), { path, on: 'key' }))
  })
}
