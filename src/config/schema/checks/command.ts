// A command and its end.
import { z } from 'zod'
import { matcher } from '../matcher.ts'
import { command } from '../scalar.ts'
import { about } from '../words.ts'
import { common } from './common.ts'

export const commandCheck = z
  .strictObject({
    kind: z
      .literal('command')
      .meta(about('Runs a command and looks at its end', 'Führt einen Befehl aus und sieht sein Ende an')),
    command: command.meta(about('What is run', 'Was ausgeführt wird', 'test -r .env')),
    on: z
      .enum(['here', 'host'])
      .default('host')
      .meta(about('On each host or on this machine', 'Auf jedem Host oder auf dieser Maschine')),
    cwd: z
      .string()
      .min(1)
      .optional()
      .meta(
        about(
          'Default: the release on a host, the directory of stellwerk.yaml here',
          'Sonst: auf einem Host das Release, hier das Verzeichnis von stellwerk.yaml',
          '/srv/app',
        ),
      ),
    expect: z
      .strictObject({
        exit: z.int().default(0).meta(about('Exit code', 'Endecode')),
        output: matcher.optional().meta(
          about('Matcher for its standard output', 'Bedingung für seine Standardausgabe', {
            contains: 'ok',
          }),
        ),
      })
      .prefault({})
      .meta(about('How it must end', 'Wie er enden muss')),
    ...common,
  })
  .meta(about('A command', 'Ein Befehl'))

export type CommandCheck = z.infer<typeof commandCheck>
