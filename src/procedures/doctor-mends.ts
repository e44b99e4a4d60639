// What mends a check that did not pass: the command that shows or sets right what it looked at, then the one that asks it again.
import type { Config, HostConfig } from '../config/config.ts'
import type { Check } from '../config/schema/check.ts'
import { type Text, text } from '../core/lang.ts'
import { quote } from '../core/shell.ts'
import { addressOf } from './verify-steps.ts'

export function mendsOf(config: Config, host: HostConfig, name: string): readonly Text[] {
  const environment = config.environment.name
  const check = config.checks[name]
  if (check === undefined) {
    const again = `stellwerk check ${environment} --health`
    return [...looksAt(config, host, config.verify.identity), text(again, again)]
  }
  const again = `stellwerk check ${environment} --only ${name}`
  return [...mendOf(config, host, check), text(again, again)]
}

export function mendOf(config: Config, host: HostConfig, check: Check): readonly Text[] {
  const there = (command: string) => [text(`On ${host.name}: ${command}`, `Auf ${host.name}: ${command}`)]
  switch (check.kind) {
    case 'http':
    case 'page':
      return looksAt(config, host, check)
    case 'disk':
      return there(`du -xh ${quote(check.path ?? host.root)} | sort -h | tail`)
    case 'memory':
      return there('ps aux --sort=-rss | head')
    case 'cpu':
      return there('ps aux --sort=-%cpu | head')
    case 'gpu':
      return there('nvidia-smi')
    case 'port':
      return there(`ss -ltnp 'sport = :${check.port}'`)
    case 'clock':
      return there('timedatectl set-ntp true')
    case 'env':
      return check.file === undefined
        ? [text(`services.${check.service}.env`, `services.${check.service}.env`)]
        : there(`\${EDITOR:-vi} ${quote(below(host, check.file))}`)
    case 'secret':
      return [
        text(
          `Make a new one, and put it where it is read: openssl rand -base64 48`,
          `Ein neues machen und dort eintragen, wo es gelesen wird: openssl rand -base64 48`,
        ),
        ...(check.file === undefined ? [] : there(`chmod 600 ${quote(below(host, check.file))}`)),
      ]
    case 'file':
      return there(`ls -ld ${quote(below(host, check.path))}`)
    case 'tls':
      return check.file === undefined
        ? [
            same(
              `openssl s_client -connect ${withPort(check.address ?? '')} </dev/null | openssl x509 -noout -dates`,
            ),
          ]
        : there(`openssl x509 -in ${quote(check.file)} -noout -subject -enddate`)
    case 'dns':
      return [same(`dig +short ${check.name} ${check.type}`)]
    default:
      return []
  }
}

/** The address as a person asks it: on the host for a path. */
function looksAt(config: Config, host: HostConfig, looked: object): readonly Text[] {
  const url = 'url' in looked && typeof looked.url === 'string' ? looked.url : undefined
  if (url === undefined) return []
  if (!url.startsWith('/')) return [same(`curl -i ${quote(url)}`)]
  const at = addressOf(config, host)
  if (at === undefined) return []
  const name = at.host.includes(':') ? `[${at.host}]` : at.host
  const command = `curl -i ${quote(`http://${name}:${at.port}${url}`)}`
  return [text(`On ${host.name}: ${command}`, `Auf ${host.name}: ${command}`)]
}

function below(host: HostConfig, path: string): string {
  return path.startsWith('/') ? path : `${host.root}/${path}`
}

function withPort(address: string): string {
  return /:\d+$/.test(address) ? address : `${address}:443`
}

function same(command: string): Text {
  return text(command, command)
}
