// The stages whose traps are an example's own: its repository, its servers, and a variant of it for each fault.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseDocument } from 'yaml'
import { type AblageStory, openAblage } from '../../examples/ablage/variants/story.ts'
import { ablage } from '../../examples/ablage/variants/variants.ts'
import { openServiceheft, type ServiceheftStory } from '../../examples/serviceheft/variants/story.ts'
import { serviceheft } from '../../examples/serviceheft/variants/variants.ts'
import { commitVariant, type Example, type Setting } from '../../examples/variants.ts'
import type { Attempt } from './deploy-fault.ts'
import { deployOn, type FaultStage } from './deploy-fault-stage.ts'
import { killAll, workingIn } from './processes.ts'

export interface ExampleStage<Story> extends FaultStage {
  readonly story: Story
  /** The words that deploy a variant; with settings of stellwerk.yaml that differ. */
  variant(name: string, settings?: readonly Setting[]): Attempt
}

export type AblageStage = ExampleStage<AblageStory>
export type ServiceheftStage = ExampleStage<ServiceheftStory>

/** Small numbers for what a bad release makes a run wait for. */
const hasty = (check: string, retries: number): Setting => ({
  path: ['checks', check, 'retries'],
  value: retries,
})

export const openAblageStage = (): Promise<AblageStage> =>
  open(
    ablage,
    directory => openAblage(directory, [hasty('detailed', 1), hasty('health', 4), hasty('complete', 4)]),
    // What a person asks for: health answers during maintenance as well.
    ({ url }) => `${url}/api/v1/documents/`,
  )

export const openServiceheftStage = (): Promise<ServiceheftStage> =>
  open(
    serviceheft,
    directory => openServiceheft(directory, { settings: [hasty('health', 2), hasty('ready', 2)] }),
    ({ site }) => `${site.url}/api/health`,
  )

interface ExampleStory extends AsyncDisposable {
  readonly repository: string
  readonly root: string
  readonly env: Readonly<Record<string, string>>
}

async function open<Story extends ExampleStory>(
  example: Example,
  begin: (directory: string) => Promise<Story>,
  urlOf: (story: Story) => string,
): Promise<ExampleStage<Story>> {
  await using undo = new AsyncDisposableStack()
  const directory = mkdtempSync(join(tmpdir(), 'fault-'))
  undo.defer(() => rmSync(directory, { recursive: true, force: true }))
  const story = undo.use(await begin(directory))
  undo.defer(() => endProcesses(directory))
  const env = { ...story.env, XDG_STATE_HOME: join(directory, 'state') }
  const place = {
    cwd: story.repository,
    environment: 'local',
    root: story.root,
    url: () => urlOf(story),
    env,
  }
  const stage = deployOn(place)
  const first = await stage.run({ words: ['--ref', 'v1'] })
  if (first.code !== 0) throw new Error(`the good release was refused\n${first.said.slice(-4000)}`)
  const kept = undo.move()
  return {
    ...stage,
    story,
    variant: (name, settings = []) => {
      if (name !== 'v1') commitVariant(example, story.repository, name)
      const file = join(story.repository, 'stellwerk.yaml')
      const good = readFileSync(file, 'utf8')
      const document = parseDocument(good)
      for (const { path, value } of settings) document.setIn(path, document.createNode(value))
      writeFileSync(file, document.toString({ lineWidth: 0 }))
      return { words: ['--ref', name], mend: () => writeFileSync(file, good) }
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

async function endProcesses(directory: string): Promise<void> {
  for (let left = await workingIn([directory]); left.length > 0; left = await workingIn([directory]))
    killAll(left)
}
