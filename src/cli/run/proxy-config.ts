import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import { text } from '../../core/lang.ts'
import { checkScript, noServer, proxyConfig, refusedProblem } from '../../traffic/proxy/check.ts'
import { type ProxyServer, type Site, siteOf } from '../../traffic/proxy/site.ts'
import { type Context, switchFlag, textFlag } from '../context.ts'
import { withConfig } from '../loading.ts'
import { showProblems, showResult } from '../outcome.ts'
import type { LoadedConfig } from '../wiring.ts'

export async function run(context: Context): Promise<ExitCode> {
  const server = context.args['server']
  if (server !== 'nginx' && server !== 'caddy') {
    const what = text(
      `proxy-config writes for nginx or caddy, not for "${server ?? ''}"`,
      `proxy-config schreibt für nginx oder caddy, nicht für „${server ?? ''}“`,
    )
    showProblems(context, [{ code: 'STW-G805', what }])
    return exitCode.usage
  }
  return withConfig(context, loaded => writeSite(context, server, loaded), 'names')
}

async function writeSite(context: Context, server: ProxyServer, { config }: LoadedConfig): Promise<ExitCode> {
  const site = siteOf(config, server)
  if (!site.ok) {
    showProblems(context, [site.error])
    return exitCode.failedAndUnchanged
  }
  if (switchFlag(context, 'check') && !(await passes(context, server, site.value)))
    return exitCode.checkSaysNo
  return show(context, server, site.value)
}

async function passes(
  { wiring, interrupt, ...rest }: Context,
  server: ProxyServer,
  site: Site,
): Promise<boolean> {
  const answer = await wiring.here.run(checkScript(server, site), { timeout: 60_000, signal: interrupt })
  const code = answer.ending.kind === 'exit' ? answer.ending.code : undefined
  if (code === 0) return true
  const problem = code === 3 ? noServer(server) : refusedProblem(server, answer.stderr.trim())
  showProblems({ wiring, interrupt, ...rest }, [problem])
  return false
}

async function show(context: Context, server: ProxyServer, site: Site): Promise<ExitCode> {
  const content = proxyConfig(server, site)
  const file = textFlag(context, 'out')
  if (file !== undefined) {
    const written = await context.wiring.writeFile(file, content, { overwrite: true })
    if (!written.ok) {
      showProblems(context, [written.error])
      return exitCode.failedAndUnchanged
    }
  }
  const document = {
    server,
    environment: site.environment,
    checked: switchFlag(context, 'check'),
    file: file ?? null,
    ...(file === undefined ? { content } : {}),
  }
  showResult(context, 'stellwerk.proxy-config/1', document, () =>
    file === undefined ? content : `→ ${file}\n`,
  )
  return exitCode.done
}
