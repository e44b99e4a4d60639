// Which kind of project a directory holds, from the names of its files.
import type { ProjectKind, Read } from './answers.ts'
import { readPackage } from './package-json.ts'

export const composeFiles: readonly string[] = [
  'compose.yaml',
  'compose.yml',
  'docker-compose.yml',
  'docker-compose.yaml',
]

const telling: readonly string[] = [
  'package.json',
  'composer.json',
  'pyproject.toml',
  'requirements.txt',
  'prisma/schema.prisma',
  'config/database.php',
  '.env.example',
  '.env.dist',
  '.env',
  ...composeFiles,
]

/** Those of the files whose content the suggestions look at. */
export function tellingFiles(files: readonly string[]): string[] {
  return files.filter(file => telling.includes(file) || isDjangoSettings(file))
}

/** `shop/settings.py` and `shop/settings/base.py`. */
export function isDjangoSettings(file: string): boolean {
  return /^\w+\/settings(\/(base|production))?\.py$/.test(file)
}

/** `files`: relative paths with "/". undefined: nothing known, a person must say. */
export function detect(files: readonly string[], read: Read): ProjectKind | undefined {
  const has = (...names: readonly string[]) => names.some(name => files.includes(name))
  const isPhp = has('composer.json', 'index.php', 'public/index.php')
  const isPython = has('pyproject.toml', 'requirements.txt', 'manage.py')
  // A compose file beside the sources is often only the database of the developer; a Dockerfile says that the app itself
  // runs in a container.
  if (has(...composeFiles) && (has('Dockerfile') || !(isPhp || isPython || has('package.json'))))
    return 'compose'
  if (isPhp) return 'php'
  if (isPython) return 'python'
  if (has('package.json')) return readPackage(read).isServer ? 'node' : 'static'
  return has('index.html', 'public/index.html') ? 'static' : undefined
}
