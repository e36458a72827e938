import { InvalidArgumentError, isNotFound, NotFoundError } from "@davit/errdefs";
import { isIndexType, isManifestType, type Descriptor } from "@davit/oci";
import { urlOf, type Endpoint, type Target } from "../endpoint.ts";
import type { RegistryHost } from "../hosts/registry-host.ts";
import type { RegistryClient } from "../registry-client.ts";

/** A place where a blob may be. */
export interface Candidate {
  readonly url: string;
  /** Undefined for a place that the descriptor names: it gets no credentials and no configured headers. */
  readonly host: RegistryHost | undefined;
  readonly isLast: boolean;
}

/** The places where a blob may be, in the order of containerd's fetcher: its own URLs, manifests, blobs. */
export async function candidatesFor(
  client: RegistryClient,
  target: Target,
  descriptor: Descriptor,
): Promise<Candidate[]> {
  const endpoints = await client.endpoints(target, "pull");
  const urls = (descriptor.urls ?? []).filter((url) => /^https?:$/.test(URL.parse(url)?.protocol ?? ""));
  const foreign = urls.map((url, index) => ({ url, host: undefined, isLast: index === urls.length - 1 }));
  const isManifest = isManifestType(descriptor.mediaType) || isIndexType(descriptor.mediaType);
  return [
    ...foreign,
    ...(isManifest ? at(endpoints, "manifests", descriptor) : []),
    ...at(endpoints, "blobs", descriptor),
  ];
}

const at = (endpoints: readonly Endpoint[], kind: string, { digest }: Descriptor): Candidate[] =>
  endpoints.map((endpoint, index) => ({
    url: urlOf(endpoint, kind, digest),
    host: endpoint.host,
    isLast: index === endpoints.length - 1,
  }));

/**
 * Tries each place until one has the blob.
 * @throws the first place's error; NotFoundError `could not fetch content descriptor …` where that was a 404 or there is
 *   no place. What `isFinal` says ends the search at once.
 */
export async function firstOf<T>(
  candidates: readonly Candidate[],
  { digest, mediaType }: Descriptor,
  attempt: (candidate: Candidate) => Promise<T>,
  isFinal: (err: unknown) => boolean,
): Promise<T> {
  let first: unknown;
  for (const candidate of candidates)
    try {
      return await attempt(candidate);
    } catch (err) {
      if (isFinal(err)) throw err;
      first ??= err;
    }
  if (first !== undefined && !isNotFound(first)) throw first;
  throw new NotFoundError(`could not fetch content descriptor ${digest} (${mediaType}) from remote`);
}

/** @throws InvalidArgumentError for a descriptor of no bytes, which no registry serves. */
export function checkNotEmpty({ size, digest }: Descriptor): void {
  if (size === 0)
    throw new InvalidArgumentError(
      `unable to fetch descriptor (${digest}) which reports content size of zero`,
    );
}

/** The blob that a descriptor carries in itself, when its length is right. */
export function embedded({ data, size }: Descriptor): Uint8Array | undefined {
  if (data === undefined) return undefined;
  const bytes = Buffer.from(data, "base64");
  return bytes.length === size ? bytes : undefined;
}
