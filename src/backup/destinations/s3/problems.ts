// What an S3 store says, as a Problem that says what to do.
import { type Text, text } from '../../../core/lang.ts'
import { type Problem, ProblemError } from '../../../core/problem.ts'
import { redact } from '../../../core/redact.ts'
import { aborted, missing } from '../problems.ts'

export interface Store {
  /** Name of the destination in stellwerk.yaml. */
  readonly name: string
  readonly bucket: string
  /** Host of the endpoint. */
  readonly address: string
  /** What must not be printed. */
  readonly secrets: readonly string[]
}

/** Runs one exchange about `path` with the store; what it throws becomes a ProblemError. */
export async function asking<T>(store: Store, path: string, exchange: () => Promise<T>): Promise<T> {
  try {
    return await exchange()
  } catch (error) {
    throw ProblemError.is(error) ? error : new ProblemError(problemOf(store, path, error))
  }
}

/** How the SDK and Node describe what went wrong. */
interface Raw {
  readonly name?: string
  readonly message?: string
  readonly code?: string
  readonly $metadata?: { readonly httpStatusCode?: number }
}

export function isNamed(error: unknown, ...names: readonly string[]): boolean {
  return names.includes((error as Raw).name ?? '')
}

export function problemOf(store: Store, path: string, error: unknown): Problem {
  const raw = error as Raw
  const status = raw.$metadata?.httpStatusCode
  const message = redact(raw.message ?? String(error), store.secrets)
  const said = status === undefined ? message : `${raw.name}: ${message} (HTTP ${status})`
  const { name, bucket, address } = store
  const evidence = { evidence: said }
  switch (raw.name) {
    case 'AbortError':
      return aborted(name, path)
    case 'NoSuchKey':
    case 'NotFound':
      return missing(name, path)
    case 'NoSuchBucket':
      return {
        code: 'STW-B281',
        what: text(
          `There is no bucket "${bucket}" at ${address}`,
          `Es gibt keinen Bucket "${bucket}" auf ${address}`,
        ),
        next: [
          text(
            'Create it, or correct bucket, region or endpoint of the destination',
            'Ihn anlegen, oder bucket, region oder endpoint des Ziels berichtigen',
          ),
        ],
        ...evidence,
      }
    case 'InvalidAccessKeyId':
    case 'SignatureDoesNotMatch':
    case 'InvalidToken':
    case 'ExpiredToken':
      return {
        code: 'STW-B282',
        what: text(
          `${address} does not know the keys of the destination "${name}"`,
          `${address} kennt die Schlüssel des Ziels "${name}" nicht`,
        ),
        next: [
          text(
            'Check the secrets of accessKey and secretKey',
            'Die Geheimnisse von accessKey und secretKey prüfen',
          ),
        ],
        ...evidence,
      }
    case 'AccessDenied':
    case 'Forbidden':
      return {
        code: 'STW-B283',
        what: text(
          `The keys of the destination "${name}" may not do this in the bucket "${bucket}"`,
          `Die Schlüssel des Ziels "${name}" dürfen das im Bucket "${bucket}" nicht`,
        ),
        next: [
          text(
            'Allow s3:ListBucket, GetObject, PutObject, DeleteObject, AbortMultipartUpload, ListMultipartUploadParts and ListBucketMultipartUploads',
            's3:ListBucket, GetObject, PutObject, DeleteObject, AbortMultipartUpload, ListMultipartUploadParts und ListBucketMultipartUploads erlauben',
          ),
        ],
        ...evidence,
      }
    case 'QuotaExceeded':
    case 'XMinioStorageFull':
      return {
        code: 'STW-B284',
        what: text(`The bucket "${bucket}" is full`, `Der Bucket "${bucket}" ist voll`),
        ...evidence,
      }
  }
  if (status === undefined)
    return {
      code: 'STW-B285',
      what: text(
        `The store ${address} of the destination "${name}" does not answer`,
        `Der Speicher ${address} des Ziels "${name}" antwortet nicht`,
      ),
      ...evidence,
    }
  return {
    code: 'STW-B286',
    what: text(
      `The store ${address} of the destination "${name}" refuses`,
      `Der Speicher ${address} des Ziels "${name}" lehnt ab`,
    ),
    ...evidence,
  }
}

/** The store answered, but not what it must answer. */
export function oddAnswer(store: Store, why: Text): ProblemError {
  return new ProblemError({
    code: 'STW-B287',
    what: text(
      `The store ${store.address} of the destination "${store.name}" does not keep to S3`,
      `Der Speicher ${store.address} des Ziels "${store.name}" hält sich nicht an S3`,
    ),
    why,
  })
}
