// A bundle whose head was read and believed: what it holds is known, its content is read when it is needed.

import type { BundleFile, Manifest } from './manifest.ts'
import { comparePaths, manifestName, signatureName, sumsName } from './path-rules.ts'
import type { Sums } from './sums.ts'
import type { TarHeader } from './tar-write.ts'

export interface Bundle {
  /** Of the `.stw.tar.zst` file. */
  readonly path: string
  /** Size of that file. */
  readonly archiveBytes: number
  /** SHA-256 of SHA256SUMS, in hex; see digestOf. */
  readonly digest: string
  readonly manifest: Manifest
  readonly sums: Sums
  readonly head: BundleHead
  readonly signature?: BundleSignature
}

/** The first entries of the archive, byte for byte; they also lie in every release on a host. */
export interface BundleHead {
  readonly manifest: string
  readonly sums: string
  readonly signature?: string
}

export interface BundleSignature {
  /** As minisign prints it: sixteen hex digits. */
  readonly keyId: string
  readonly trustedComment: string
  /** False: no trusted keys were given, so the signature was not checked. */
  readonly checked: boolean
}

/** An entry that must stand in the archive, in this order. */
export interface ExpectedEntry {
  readonly header: TarHeader
  /** Head entries bring their content, files their hash. */
  readonly content?: string
  readonly file?: BundleFile
}

export function headEntries(head: BundleHead, mtime: number): ExpectedEntry[] {
  const parts: [string, string | undefined][] = [
    [manifestName, head.manifest],
    [sumsName, head.sums],
    [signatureName, head.signature],
  ]
  return parts.flatMap(([path, content]) =>
    content === undefined
      ? []
      : [
          {
            header: { type: 'file', path, size: Buffer.byteLength(content), mode: 0o444, mtime },
            content,
          } as const,
        ],
  )
}

/** Directories, links and files, merged in path order: what the archive holds after its head. */
export function bodyEntries(manifest: Manifest): ExpectedEntry[] {
  const mtime = mtimeOf(manifest)
  return [
    ...directoryEntries(manifest),
    ...linkEntries(manifest),
    ...manifest.files.map(file => ({ header: fileHeader(file, mtime), file })),
  ].sort((a, b) => comparePaths(a.header.path, b.header.path))
}

export function directoryEntries(manifest: Manifest): ExpectedEntry[] {
  const mtime = mtimeOf(manifest)
  return manifest.directories.map(path => ({
    header: { type: 'directory', path, size: 0, mode: 0o755, mtime },
  }))
}

export function linkEntries(manifest: Manifest): ExpectedEntry[] {
  const mtime = mtimeOf(manifest)
  return manifest.links.map(({ path, target }) => ({
    header: { type: 'link', path, target, size: 0, mode: 0o777, mtime },
  }))
}

export function fileHeader(file: BundleFile, mtime: number): TarHeader {
  return { type: 'file', path: file.path, size: file.size, mode: Number.parseInt(file.mode, 8), mtime }
}

/** Seconds since 1970. */
export function mtimeOf(manifest: Pick<Manifest, 'builtAt'>): number {
  return Math.floor(Date.parse(manifest.builtAt) / 1000)
}
