// What people type on a host to see what a check sees there: df, free, openssl, nvidia-smi and the like.
import type { Check } from '../config/schema/check.ts'
import { quote } from '../core/shell.ts'
import { httpByHand } from './by-hand-http.ts'
import type { CheckHand } from './probe.ts'

type Of<K extends Check['kind']> = Extract<Check, { readonly kind: K }>

export const diskByHand = ({ path }: Of<'disk'>, { root }: CheckHand) => [
  `df -h ${quote(path ?? root ?? '/')}`,
]
export const memoryByHand = () => ['free -h']
export const cpuByHand = () => ['nproc', 'cat /proc/loadavg']
export const gpuByHand = () => [
  'nvidia-smi --query-gpu=name,driver_version,memory.used,memory.total,temperature.gpu --format=csv',
]
export const clockByHand = () => ["date -u '+%F %T'"]
export const tcpByHand = ({ host, port }: Of<'tcp'>) => [`nc -z -w 5 ${quote(host)} ${port} && echo open`]
export const portByHand = ({ port }: Of<'port'>) => [`ss -ltnp 'sport = :${port}'`]

export function dnsByHand({ name, type, server }: Of<'dns'>) {
  const [, host = '', port = '53'] = /^(.*):(\d+)$/.exec(server ?? '') ?? []
  return [`dig +short${host === '' ? '' : ` @${host} -p ${port}`} ${quote(name)} ${type}`]
}

export function tlsByHand({ address, file, name }: Of<'tls'>, { root }: CheckHand) {
  const told = 'openssl x509 -noout -subject -issuer -enddate'
  if (file !== undefined) return [`${told} -in ${quote(below(file, root))}`]
  const target = /:\d+$/.test(address ?? '') ? (address ?? '') : `${address}:443`
  const host = name ?? target.replace(/:\d+$/, '')
  return [`openssl s_client -connect ${quote(target)} -servername ${quote(host)} </dev/null | ${told}`]
}

export function fileByHand({ path, type, contains }: Of<'file'>, { root }: CheckHand) {
  const file = quote(below(path, root))
  return [
    `ls -l${type === 'directory' ? 'd' : ''} ${file}`,
    ...(contains === undefined ? [] : [`grep -c -e ${quote(String(contains))} ${file}`]),
  ]
}

/** Names only: a value on the screen is a value in a screenshot. */
export function envByHand({ file, require, match, forbid }: Of<'env'>, { root }: CheckHand) {
  if (file === undefined) return []
  const names = [...new Set([...require, ...Object.keys(match), ...forbid])].toSorted()
  const where = quote(below(file, root))
  return [names.length === 0 ? `cut -d= -f1 ${where}` : `grep -oE '^(${names.join('|')})=' ${where}`]
}

export function secretByHand({ file, variable }: Of<'secret'>, { root }: CheckHand) {
  if (file === undefined) return []
  const where = quote(below(file, root))
  return [
    `ls -l ${where}`,
    ...(variable === undefined ? [] : [`sed -n 's/^${variable}=//p' ${where} | tr -d '\\n' | wc -c`]),
  ]
}

/** In a shell of its own, which it may leave: whoever pastes it keeps theirs. */
export function commandByHand({ command, on, cwd }: Of<'command'>, { root }: CheckHand) {
  const base = on === 'here' || root === undefined ? undefined : `${root}/current`
  const directory = cwd?.startsWith('/') || base === undefined ? cwd : cwd ? `${base}/${cwd}` : base
  const body = command.trim()
  const end = /[\n#]/.test(body) ? '\n)' : ')'
  return [`(${directory === undefined ? '' : `cd ${quote(directory)} || exit; `}${body}${end}`]
}

export function logByHand({ service, file, forbid }: Of<'log'>, { root }: CheckHand) {
  const found = forbid === undefined ? '' : ` | grep -E -e ${quote(forbid)}`
  if (file !== undefined) return [`tail -n 200 ${quote(below(file, root))}${found}`]
  return [`stellwerk logs <environment> ${service ?? ''}${found}`]
}

export const databaseByHand = ({ database, query }: Of<'database'>) => [
  `stellwerk db <environment> ${database} --query ${quote(query)}`,
]

export const prometheusByHand = ({ url }: Of<'prometheus'>) => [
  `curl -sS ${quote(`${url.replace(/\/$/, '')}/api/v1/targets?state=active`)}`,
]

export const pageByHand = ({ url }: Of<'page'>, place: CheckHand) => httpByHand({ method: 'GET', url }, place)

function below(path: string, root: string | undefined): string {
  return path.startsWith('/') || root === undefined ? path : `${root}/${path}`
}
