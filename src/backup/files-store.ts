// The declared paths of a store of files, and what they are called in its archive.

export interface StoreProps {
  /** Absolute directory that relative paths begin at. */
  readonly root: string
  /** Declared paths, relative or absolute. In the archive they are `./<path>`, absolute ones without their slash. */
  readonly paths: readonly string[]
}

/** Name of a declared path in the archive, behind `./`; '.' is the root itself. */
export function storedName(path: string): string {
  const parts = path.split('/').filter(part => part !== '' && part !== '.')
  return parts.join('/') || '.'
}

/** Where it lies in the directory that the archive is unpacked into. */
export function unpackedName(path: string): string {
  const name = storedName(path)
  return name === '.' ? name : `./${name}`
}

export function livePath({ root }: Pick<StoreProps, 'root'>, path: string): string {
  return path.startsWith('/') ? path : `${root}/${path}`
}
