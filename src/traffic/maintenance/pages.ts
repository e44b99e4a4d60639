// Puts the pages of both languages where the router or nginx reads them.
import { quote } from '../../core/shell.ts'
import { ownPage } from './page.ts'
import type { Notice, Place } from './way.ts'

export function pageDirectory(root: string): string {
  return `${root}/.stellwerk/maintenance`
}

/** sm_pages: a page of the release wins; a language that it lacks gets our own, and the run says so. */
export function pagesText(place: Place, { page }: Notice, directory: string): string {
  const yours =
    page === undefined
      ? []
      : [
          ...(place.release === undefined ? [] : [`${place.root}/releases/${place.release}/${page}`]),
          `${place.root}/current/${page}`,
        ]
  const one = (lang: 'de' | 'en') => `  sm_found=
  for sm_one in ${yours.map(quote).join(' ')}; do
    if [ -z "$sm_found" ] && [ -s "$sm_one/index.${lang}.html" ]; then sm_found=$sm_one/index.${lang}.html; fi
  done
  if [ -n "$sm_found" ]; then sw_write ${quote(`${directory}/index.${lang}.html`)} <"$sm_found" || sw_problem write
  else printf '%s' ${quote(ownPage(lang))} | sw_write ${quote(`${directory}/index.${lang}.html`)} || sw_problem write
    ${page === undefined ? ':' : `sw_data own-page ${lang}`}
  fi`
  return `sm_pages() {
  mkdir -p ${quote(directory)} || sw_problem write
${one('de')}
${one('en')}
}`
}
