// A page as a user's browser shows it.
import { z } from 'zod'
import { matcher } from '../matcher.ts'
import { from, isReachable, needsAddress, url } from '../probe.ts'
import { duration, durationOr } from '../scalar.ts'
import { about } from '../words.ts'
import { common } from './common.ts'

const selector = (en: string, de: string, example: string) =>
  z
    .string()
    .min(1)
    .meta(about(en, de, example))

const step = z
  .union([
    z.strictObject({
      fill: selector('Field: a CSS selector', 'Feld: ein CSS-Selektor', '#email'),
      with: z
        .string()
        .meta(
          about('What is typed; may name a secret', 'Was getippt wird; darf ein Geheimnis nennen', 'a@b'),
        ),
    }),
    z.strictObject({
      click: selector(
        'What is clicked: a CSS selector or text=',
        'Was geklickt wird: ein CSS-Selektor oder text=',
        'text=Sign in',
      ),
    }),
    z.strictObject({
      see: selector('Text that must become visible', 'Text, der sichtbar werden muss', 'Welcome'),
    }),
    z.strictObject({
      goto: selector('Path or address that is opened', 'Pfad oder Adresse, die geöffnet wird', '/profile'),
    }),
  ])
  .meta(about('What a user does', 'Was ein Benutzer tut'))
export type PageStep = z.infer<typeof step>

export const pageCheck = z
  .strictObject({
    kind: z
      .literal('page')
      .meta(
        about(
          'Opens a page in a real Chromium of this machine',
          'Öffnet eine Seite in einem echten Chromium dieser Maschine',
        ),
      ),
    url: url.meta(
      about(
        'Address, or a path for the router of each host',
        'Adresse, oder ein Pfad für den Router jedes Hosts',
        '/',
      ),
    ),
    from,
    browser: z
      .string()
      .min(1)
      .optional()
      .meta(
        about(
          'Chromium or Chrome of this machine; default: found in PATH',
          'Chromium oder Chrome dieser Maschine; sonst im PATH gesucht',
          '/usr/bin/chromium',
        ),
      ),
    expect: z
      .strictObject({
        status: z.int().default(200).meta(about('Status code of the page', 'Statuscode der Seite')),
        text: matcher.optional().meta(
          about('Matcher for the visible text', 'Bedingung für den sichtbaren Text', {
            contains: 'Welcome',
          }),
        ),
        maxLoad: duration
          .optional()
          .meta(about('Longest time until it is loaded', 'Längste Zeit, bis sie geladen ist', '3s')),
        console: z
          .enum(['none', 'any'])
          .default('none')
          .meta(
            about(
              'none: no error in the console, no exception in the page',
              'none: kein Fehler in der Konsole, keine Ausnahme in der Seite',
            ),
          ),
        assets: z
          .enum(['all', 'any'])
          .default('all')
          .meta(
            about(
              'all: everything that the page asks for is answered below 400',
              'all: alles, wonach die Seite fragt, wird unter 400 beantwortet',
            ),
          ),
      })
      .prefault({})
      .meta(about('What the page must be', 'Was die Seite sein muss')),
    steps: z
      .array(step)
      .default([])
      .meta(
        about('What a user does then', 'Was ein Benutzer dann tut', [
          { fill: '#email', with: 'probe@example.org' },
          { click: 'text=Sign in' },
          { see: 'Welcome' },
        ]),
      ),
    ...common,
    timeout: durationOr('30s').meta(about('Time for everything', 'Zeit für alles')),
  })
  .refine(isReachable, needsAddress)
  .meta(about('A page in a browser', 'Eine Seite in einem Browser'))

export type PageCheck = z.infer<typeof pageCheck>
