import { basename, join } from 'node:path'
import type { ProjectKind } from '../../config/init/answers.ts'
import { detect, tellingFiles } from '../../config/init/detect.ts'
import { render } from '../../config/init/render.ts'
import { suggest } from '../../config/init/suggest.ts'
import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import { text } from '../../core/lang.ts'
import { type Context, switchFlag, textFlag } from '../context.ts'
import { showProblems, showResult } from '../outcome.ts'

export async function run(context: Context): Promise<ExitCode> {
  const { wiring, lang } = context
  const files = await wiring.listFiles(wiring.cwd)
  const contents = new Map<string, string>()
  for (const file of tellingFiles(files)) {
    const content = await wiring.readFile(join(wiring.cwd, file))
    if (content !== undefined) contents.set(file, content)
  }
  const read = (path: string) => contents.get(path)
  const kind = (textFlag(context, 'kind') as ProjectKind | undefined) ?? detect(files, read)
  if (kind === undefined) {
    showProblems(context, [
      {
        code: 'STW-U007',
        what: text(
          'Nothing here tells what kind of project this is',
          'Nichts hier verrät, was für ein Projekt das ist',
        ),
        why: text(
          'no package.json, composer.json, pyproject.toml, compose file or index.html',
          'keine package.json, composer.json, pyproject.toml, Compose-Datei oder index.html',
        ),
        next: [text('stellwerk init --kind node', 'stellwerk init --kind node')],
      },
    ])
    return exitCode.usage
  }
  const answers = suggest(
    kind,
    { name: basename(wiring.cwd), files, read },
    lang,
    Intl.DateTimeFormat().resolvedOptions().timeZone,
  )
  const written = await wiring.writeFile(join(wiring.cwd, 'stellwerk.yaml'), render(kind, answers), {
    overwrite: switchFlag(context, 'force'),
  })
  if (!written.ok) {
    showProblems(context, [written.error])
    return exitCode.failedAndUnchanged
  }
  showResult(context, 'stellwerk.init/1', { file: 'stellwerk.yaml', kind }, () =>
    lang === 'de'
      ? `✔ stellwerk.yaml geschrieben (${kind}). Adressen und Pfade darin sind Vorschläge.\n→ stellwerk validate\n→ stellwerk explain\n`
      : `✔ wrote stellwerk.yaml (${kind}). Its addresses and paths are suggestions.\n→ stellwerk validate\n→ stellwerk explain\n`,
  )
  return exitCode.done
}
