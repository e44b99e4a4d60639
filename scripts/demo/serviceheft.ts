// `npm run demo -- serviceheft`: opens the site, tells the story, and says where it runs.
import { Load } from './load.ts'
import type { Screen } from './screen.ts'
import { openServiceheftPlace } from './serviceheft-place.ts'
import { serviceheftVisit, tellServiceheft } from './serviceheft-story.ts'

/** `directory`: of the demo, existing. */
export async function serviceBook(
  directory: string,
  screen: Screen,
  kept: boolean,
  servers: AsyncDisposableStack,
): Promise<{ readonly repository: string; readonly url: string }> {
  const place = await openServiceheftPlace({ directory, kept }, servers)
  const { repository, root, url } = place
  screen.title('Stellwerk', `${url}  ${directory}`)
  await tellServiceheft({ screen, repository, root, url, place, load: new Load(url, serviceheftVisit, true) })
  if (kept) await place.leave()
  return { repository, url }
}
