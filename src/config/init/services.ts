// The services and the router of a new stellwerk.yaml.
import { quote } from '../../core/shell.ts'
import { written } from '../written.ts'
import type { Answers, ProjectKind } from './answers.ts'
import { appName } from './suggest.ts'
import { words } from './words.ts'

export function serviceSection(kind: ProjectKind, answers: Answers): string[] {
  const say = words[answers.language]
  switch (kind) {
    case 'node':
      return [
        `# ${say.twoPorts}`,
        'services:',
        '  web:',
        '    kind: process',
        `    command: ${written(answers.start ?? 'npm start')}`,
        '    ports: [3001, 3002]',
        '    env: { NODE_ENV: production }',
        '',
        `# ${say.router}`,
        'router:',
        '  kind: embedded',
        '  listen: 127.0.0.1:3000',
        '  service: web',
      ]
    case 'python':
      return [
        `# ${say.onePort}`,
        'services:',
        '  web:',
        '    kind: process',
        `    command: ${written(answers.start ?? 'python3 main.py')}`,
        '    ports: [8000]',
      ]
    case 'compose':
      return composeSection(answers)
    case 'static':
    case 'php':
      return [
        `# ${say.symlink}`,
        'router:',
        '  kind: symlink',
        '  listen: 127.0.0.1:80',
        ...(kind === 'php' ? [`  # ${say.fpm}`, '  # reload: sudo -n systemctl reload php-fpm'] : []),
      ]
  }
}

function composeSection({ app, services, language }: Answers): string[] {
  const say = words[language]
  const keys = new Map<string, string>()
  for (const { name } of services) keys.set(name, freeName(appName(name), [...keys.values()]))
  // A path in a check is asked at the only service with a port, so one is enough.
  const front = services.find(service => service.port !== undefined) ?? services[0]
  const compose = `docker compose -p ${app}`
  return [
    `# ${say.compose}`,
    'services:',
    ...services.flatMap(service => {
      const after = service.after.map(name => keys.get(name)).filter(name => name !== undefined)
      const name = quote(service.name)
      return [
        `  ${keys.get(service.name)}:`,
        '    kind: command',
        `    start: ${written(`${compose} up -d --no-deps ${name}`)}`,
        `    stop: ${written(`${compose} stop ${name}`)}`,
        `    status: ${written(`${compose} ps --status running -q ${name} | grep -q .`)}`,
        ...(service === front ? [`    ports: [${service.port ?? 8080}]`] : []),
        ...(after.length > 0 ? [`    after: ${written(after)}`] : []),
      ]
    }),
  ]
}

function freeName(name: string, taken: readonly string[]): string {
  let free = name
  for (let number = 2; taken.includes(free); number++) free = `${name.slice(0, 36)}-${number}`
  return free
}
