// What everything that asks an address has in common.
import { z } from 'zod'
import { parseJsonPath } from '../../core/json-path.ts'
import { about, says } from './words.ts'

export const from = z
  .enum(['here', 'host'])
  .default('host')
  .meta(
    about(
      'Where the request starts: on each host (through its SSH connection) or on this machine',
      'Wo die Anfrage beginnt: auf jedem Host (durch seine SSH-Verbindung) oder auf dieser Maschine',
    ),
  )

/** A path needs the host's router, an address needs its scheme: "example.org/health" would be neither. */
export const url = z
  .string()
  .regex(
    /^(\/|https?:\/\/[^/])/,
    says(
      'must be a path such as "/api/health" or an address such as "https://www.example.org/"',
      'muss ein Pfad sein, etwa "/api/health", oder eine Adresse, etwa "https://www.example.org/"',
    ),
  )
  .meta({ title: 'URL or path' })

export const needsAddress = {
  ...says(
    'must be a full address with from: here: a path is asked at the router of each host',
    'muss mit from: here eine ganze Adresse sein: ein Pfad wird am Router jedes Hosts gefragt',
  ),
  path: ['url'],
}
export function isReachable(value: { readonly url: string; readonly from: 'here' | 'host' }): boolean {
  return value.from === 'host' || !value.url.startsWith('/')
}

/** A JSON path as written; code that reads it parses it again with core/json-path.ts. */
export const jsonPath = z
  .string()
  .refine(
    path => parseJsonPath(path).ok,
    says(
      `must be a JSON path, such as "$.status"; known are .name, ['any name'], [0] and [*]`,
      `muss ein JSON-Pfad sein, etwa "$.status"; bekannt sind .name, ['beliebiger Name'], [0] und [*]`,
    ),
  )
  .meta({ title: 'JSON path' })
