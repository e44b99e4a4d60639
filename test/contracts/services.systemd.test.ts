import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { systemdService } from '../../src/config/schema/service.ts'
import type { Step } from '../../src/engine/step.ts'
import { parseServiceFacts, serviceFactsScript } from '../../src/services/facts.ts'
import { serviceKinds } from '../../src/services/kinds.ts'
import { logsScript } from '../../src/services/logs.ts'
import { planRestart, planServices, type ServicePlan } from '../../src/services/plan-services.ts'
import { statusRows } from '../../src/services/status.ts'
import { renderUnit } from '../../src/services/systemd/render-unit.ts'
import { type Booted, bootSystemd } from '../rigs/nspawn.ts'
import { type Acted, Stage, until } from './services.stage.ts'

const old = '20261121_021500-aaaaaaa'
const next = '20261122_021500-bbbbbbb'
const root = '/srv/shop app'
const place = { app: 'shop', environment: 'test', root }

// perl is in every Debian; it stands for an app that listens.
const app = `use IO::Socket::INET;
my $s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $ENV{PORT}, Listen => 5, ReuseAddr => 1) or die "no port: $!";
$| = 1; print "listening as $ENV{RELEASE}\\n"; $SIG{TERM} = sub { print "bye $ENV{RELEASE}\\n"; exit 0 }; $SIG{HUP} = sub { print "reread\\n" };
while (1) { my $c = $s->accept or next; print $c "$ENV{RELEASE} $ENV{GREETING} $ENV{DATABASE}"; close $c }
`

function fine(acted: Acted): void {
  if (!acted.ok) throw new Error(`${acted.report?.key}: ${acted.report?.args.join('\n')}\n${acted.output}`)
}

describe('systemd services under a real systemd', () => {
  let booted: Booted
  let stage: Stage
  let run: (script: string, user?: string) => Promise<string>

  beforeAll(async () => {
    booted = await bootSystemd()
    if ('skip' in booted) return
    const machine = booted
    run = (script, user) => machine.run(script, user)
    stage = new Stage(root, script => machine.run(script))
    await run('useradd --create-home deploy; loginctl enable-linger deploy; useradd --create-home runner')
  }, 900_000)

  afterAll(async () => {
    if (booted && !('skip' in booted)) await booted[Symbol.asyncDispose]()
  })

  beforeEach(async context => {
    if ('skip' in booted) return context.skip(booted.skip)
    await run(`systemctl stop shop-test-web.service; rm -rf '${root}' /etc/systemd/system/shop-* ; systemctl daemon-reload; systemctl reset-failed
mkdir -p '${root}/releases/${old}' '${root}/releases/${next}'
cat >'${root}/releases/${old}/app.pl' <<'EOF'
${app}EOF
cp '${root}/releases/${old}/app.pl' '${root}/releases/${next}/'
chown -R deploy '${root}'`)
    await link(old)
  })

  const link = (release: string) => run(`cd '${root}' && ln -s releases/${release} l && mv -T l current`)
  const service = (props: object = {}) =>
    systemdService.parse({
      kind: 'systemd',
      command: 'perl app.pl',
      ports: [4000],
      env: { GREETING: '50% "of" $HOME\\' },
      ready: { timeout: '5s' },
      ...props,
    })
  const facts = async (it = service()) => parseServiceFacts(await run(serviceFactsScript({ web: it }, place)))

  async function planFor(
    it: ReturnType<typeof service>,
    props: { release: string; previous?: string },
  ): Promise<ServicePlan> {
    return planServices(
      { web: it },
      {
        app: 'shop',
        environment: 'test',
        host: { name: 'h', roles: ['web'], root, env: {} },
        facts: await facts(it),
        secretNames: ['DB'],
        ...props,
      },
    )
  }
  async function act(
    steps: readonly Step[],
    mode: 'run' | 'undo',
    at = stage,
    secrets: Record<string, string> = {},
  ): Promise<Acted[]> {
    const done: Acted[] = []
    for (const step of steps) {
      const kind = serviceKinds[step.kind as keyof typeof serviceKinds]
      const acted = await at[mode](kind as never, step as never, secrets)
      done.push(acted)
      if (!acted.ok) break
    }
    return done
  }
  const answer = () =>
    run(`perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new("127.0.0.1:4000") or die; print <$s>'`)
  const show = async (property: string) =>
    (await run(`systemctl show -p ${property} --value shop-test-web.service`)).trim()

  async function deploy(
    it: ReturnType<typeof service>,
    release: string,
    previous?: string,
    secrets = {},
  ): Promise<ServicePlan> {
    const plan = await planFor(it, { release, ...(previous === undefined ? {} : { previous }) })
    for (const acted of await act(plan.leave, 'run', stage, secrets)) fine(acted)
    await link(release)
    for (const acted of await act(plan.arrive, 'run', stage, secrets)) fine(acted)
    await run(`rm -rf '${root}/.stellwerk/runs'`)
    return plan
  }

  it('writes the unit, starts it, and it serves with the right environment', async () => {
    await deploy(
      service({ env: { GREETING: '50% "of" $HOME\\', DATABASE: 'postgres://x:${DB}@h' }, user: 'runner' }),
      old,
      undefined,
      { DB: `p'a"s$s\\w%d` },
    )

    expect(await answer()).toBe(`${old} 50% "of" $HOME\\ postgres://x:p'a"s$s\\w%d@h`)
    expect(await run(`stat -c %a '${root}/.stellwerk/services/web/secrets.env'`)).toBe('600\n')
    expect(await run(`cat /etc/systemd/system/shop-test-web.service`)).not.toContain(`a"s$s`)
    expect(await show('UnitFileState')).toBe('enabled')
    expect(
      await run(`ps -o user= -p $(systemctl show -p MainPID --value shop-test-web.service)`).catch(() => ''),
    ).toBeDefined()
    expect(statusRows({ web: service() }, { roles: ['web'] }, await facts())).toMatchObject([
      { service: 'web', state: 'running', release: old, restarts: 0 },
    ])
    expect((await facts()).complete).toBe(true)
    const script = logsScript('web', service(), place, { follow: false, lines: 5 })
    await until('the journal has it', async () => (await run(script ?? '')).includes(`listening as ${old}`))
  })

  it('restarts after the switch, and the undo brings the old release back after the link', async () => {
    await deploy(service(), old)
    const before = await show('MainPID')
    const plan = await planFor(service({ env: { GREETING: 'new' } }), { release: next, previous: old })
    expect(plan.leave.map(step => step.kind)).toEqual(['systemd.remember', 'systemd.unit'])
    await act(plan.leave, 'run')
    await link(next)
    const [applied] = await act(plan.arrive, 'run')
    expect(applied?.data['pid']).not.toBe(before)
    expect(await answer()).toContain(`${next} new`)
    expect(await stage.inspect(serviceKinds['systemd.apply'], plan.arrive[0] as never)).toBe('done')

    await act(plan.arrive.toReversed(), 'undo')
    await link(old)
    for (const acted of await act(plan.leave.toReversed(), 'undo')) fine(acted)

    expect(await answer()).toContain(`${old} 50%`)
    expect(await stage.inspect(serviceKinds['systemd.unit'], plan.leave[1] as never)).toBe('undone')
  })

  it('does not restart on undo when nothing was restarted', async () => {
    await deploy(service(), old)
    const before = await show('MainPID')
    const plan = await planFor(service({ env: { GREETING: 'new' } }), { release: next, previous: old })

    await act(plan.leave, 'run')
    await act(plan.leave.toReversed(), 'undo')

    expect(await show('MainPID')).toBe(before)
    expect(await run('cat /etc/systemd/system/shop-test-web.service')).toContain('50%%')
  })

  it('an unchanged unit is not written, and a reload keeps the process', async () => {
    const reloading = service({ onDeploy: 'reload' })
    await deploy(reloading, old)
    const before = await show('MainPID')
    const plan = await planFor(reloading, { release: next, previous: old })

    const acted = [...(await act(plan.leave, 'run')), ...(await act(plan.arrive, 'run'))]

    expect(acted.map(each => each.ok)).toEqual([true, true, true])
    expect(acted[1]?.data['unit']).toBe('unchanged')
    expect(await show('MainPID')).toBe(before)
    await until('it was told', async () =>
      (await run('journalctl -u shop-test-web.service -o cat --no-pager')).includes('reread'),
    )
  })

  it('a release that does not come up says why, and its first deploy is taken back whole', async () => {
    const broken = service({ command: 'perl -e \'print STDERR "no database\\n"; exit 3\'' })
    const plan = await planFor(broken, { release: old })
    await act(plan.leave, 'run')

    const [acted] = await act(plan.arrive, 'run')

    expect(acted?.report?.key).toBe('not-active')
    expect(acted?.report?.args.join('\n')).toContain('no database')
    const problem = serviceKinds['systemd.apply'].explain?.(plan.arrive[0] as never, acted!.report!)
    expect(problem).toMatchObject({ code: 'STW-S024' })
    for (const undone of await act(plan.leave.toReversed(), 'undo')) fine(undone)
    expect(await show('LoadState')).toBe('not-found')
    expect(await run('ls /etc/systemd/system')).not.toContain('shop')
  })

  it('systemd finds the fault in a unit before it is installed', async () => {
    const plan = await planFor(service(), { release: old })
    const unit = plan.leave[1] as never as { content: string }
    const [acted] = await act(
      [{ ...(plan.leave[1] as Step), content: unit.content.replace('Type=exec', 'Type=wrong') } as Step],
      'run',
    )

    expect(acted?.report?.key).toBe('invalid')
    expect(acted?.report?.args.join(' ')).toMatch(/wrong/)
    expect(await run('ls /etc/systemd/system')).not.toContain('shop')
  })

  it('a foreign unit that is missing is named', async () => {
    const plan = await planFor(systemdService.parse({ kind: 'systemd', unit: 'nobody.service' }), {
      release: old,
    })

    expect((await act(plan.arrive, 'run'))[0]?.report).toEqual({ key: 'missing', args: ['not-found'] })
  })

  it('shows a crash, its restarts, and a failed unit', async () => {
    await deploy(service(), old)
    await run('systemctl kill -s KILL shop-test-web.service')

    await until(
      'systemd restarted it',
      async () => (await facts()).units[0]?.restarts === 1 && (await show('ActiveState')) === 'active',
    )

    expect(statusRows({ web: service() }, { roles: ['web'] }, await facts())).toMatchObject([
      { state: 'running', restarts: 1 },
    ])
  })

  it('works for the manager of a user without root', async () => {
    const mine = service({ scope: 'user' })
    const asUser = new Stage(root, script => run(script, 'deploy'))
    const plan = await planFor(mine, { release: old })

    for (const acted of await act([...plan.leave, ...plan.arrive], 'run', asUser)) fine(acted)

    expect(await answer()).toContain(old)
    const read = parseServiceFacts(await run(serviceFactsScript({ web: mine }, place), 'deploy'))
    expect(statusRows({ web: mine }, { roles: ['web'] }, read)).toMatchObject([
      { state: 'running', release: old },
    ])
    for (const acted of await act(plan.leave.toReversed(), 'undo', asUser)) fine(acted)
    expect(await answer()).not.toContain(old)
  })

  it('works through sudo, and without it says what to do', async () => {
    const asUser = new Stage(root, script => run(script, 'deploy'))
    const [, unit] = (await planFor(service(), { release: old })).leave
    const [refused] = await act([unit as Step], 'run', asUser)
    expect(refused?.report?.key).toBe('not-writable')
    await run("echo 'deploy ALL=(root) NOPASSWD: ALL' >/etc/sudoers.d/deploy")

    const plan = await planFor(service({ sudo: true }), { release: old })
    const acted = await act([...plan.leave, ...plan.arrive], 'run', asUser)

    await run('rm /etc/sudoers.d/deploy')
    for (const each of acted) fine(each)
    expect(await answer()).toContain(old)
  })

  it('restarts one service on demand', async () => {
    await deploy(service({ onDeploy: 'reload' }), old)
    const before = await show('MainPID')
    const plan = planRestart(
      'web',
      { web: service({ onDeploy: 'reload' }) },
      {
        app: 'shop',
        environment: 'test',
        host: { name: 'h', roles: [], root, env: {} },
        facts: await facts(),
        secretNames: [],
        release: old,
      },
    )

    for (const acted of await act([...plan.leave, ...plan.arrive], 'run')) fine(acted)

    expect(await show('MainPID')).not.toBe(before)
  })

  it('any value and any argument arrive as they were written', async () => {
    const value = fc.string({
      unit: fc.oneof(
        fc.constantFrom(
          '"',
          "'",
          '\\',
          '$',
          '%',
          ' ',
          ';',
          '\n',
          '\t',
          '#',
          '{',
          '}',
          '%n',
          '$$',
          'ü',
          '\u0001',
          '\u007f',
        ),
        fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 1 }),
      ),
      maxLength: 12,
    })
    const samples = fc.sample(value, { numRuns: 150, seed: 7 })
    const names = samples.map((_, index) => `V${index}`)
    const quoted = samples.map(sample => `'${sample.replaceAll("'", `'\\''`)}'`).join(' ')
    const content = renderUnit({
      description: '100% of it',
      root,
      command: `printf '%s\\0' ${quoted} >/run/arguments; env -0 >/run/environment; exec sleep 1000`,
      env: Object.fromEntries(names.map((name, index) => [name, samples[index] ?? ''])),
      secrets: [],
      secretsFile: '',
      scope: 'system',
      stopTimeout: 1000,
      after: [],
    }).replace('ProtectSystem=full\n', '')
    const step = { ...(await planFor(service(), { release: old })).leave[1], content } as Step
    expect(await act([step], 'run')).toMatchObject([{ ok: true }])
    await run('systemctl start shop-test-web.service')
    await until('it has written', async () => (await run('cat /run/environment 2>/dev/null')) !== '')

    const list = async (file: string) =>
      Buffer.from((await run(`base64 -w0 ${file}`)).trim(), 'base64')
        .toString()
        .split('\0')
        .slice(0, -1)
    expect(await list('/run/arguments')).toEqual(samples)
    const environment = new Map(
      (await list('/run/environment')).map(line => [
        line.slice(0, line.indexOf('=')),
        line.slice(line.indexOf('=') + 1),
      ]),
    )
    expect(names.map(name => environment.get(name))).toEqual(samples)
  })
})
