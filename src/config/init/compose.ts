// The services of a compose file.
import { parseDocument } from 'yaml'
import { isMapping } from '../path.ts'
import type { ComposeService } from './answers.ts'

/** As written, by name; a file that cannot be read has none. */
export function servicesOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const data: unknown = parseDocument(text, { logLevel: 'silent', merge: true }).toJS()
    return isMapping(data) && isMapping(data['services']) ? data['services'] : {}
  } catch {
    return {}
  }
}

export function composeServices(text: string): ComposeService[] {
  const services = servicesOf(text)
  return Object.entries(services).map(([name, entry]) => {
    const { depends_on: after, ports } = isMapping(entry) ? entry : {}
    const names = Array.isArray(after)
      ? after.filter(item => typeof item === 'string')
      : isMapping(after)
        ? Object.keys(after)
        : []
    const port = publishedPort(ports)
    return {
      name,
      after: names.filter(other => other !== name && Object.hasOwn(services, other)),
      ...(port !== undefined && { port }),
    }
  })
}

/** The first port that is published. */
export function publishedPort(ports: unknown): number | undefined {
  return Array.isArray(ports) ? ports.map(portOf).find(found => found !== undefined) : undefined
}

/** `8080:80`, `127.0.0.1:8080:80/tcp`, or `{ published: 8080 }`. */
function portOf(entry: unknown): number | undefined {
  const text = isMapping(entry)
    ? String(entry['published'])
    : /(?:^|:)(\d+):\d+(?:\/\w+)?$/.exec(String(entry))?.[1]
  const port = Number(text)
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined
}
