import { algorithmOf, digestOf } from "@davit/digest";
import { DataLossError, ResourceExhaustedError } from "@davit/errdefs";
import { isIndexType, isManifestType, type Descriptor } from "@davit/oci";
import { readBody } from "../http/body.ts";
import { targetOf } from "../endpoint.ts";
import { ACCEPT_ENCODING } from "../http/content-encoding.ts";
import type { RegistryClient } from "../registry-client.ts";
import { MAX_MANIFEST_BYTES } from "../resolve.ts";
import { candidatesFor, checkNotEmpty, embedded, firstOf } from "./candidates.ts";

/** Configurations may be longer than manifests, but are no layers. */
const DEFAULT_MAX_BYTES = 8 * 1024 * 1024;

export interface FetchOptions {
  readonly signal?: AbortSignal | undefined;
  /** What is longer is refused; default 8 MiB, and for manifests and indexes never more than `MAX_MANIFEST_BYTES`. */
  readonly maxBytes?: number | undefined;
}

/**
 * Fetches a small blob (a manifest, an index, a configuration) into memory, and verifies it.
 * @throws ResourceExhaustedError when it is too long; DataLossError when digest or length differ; as `firstOf` and
 *   `RegistryClient.send` do.
 */
export async function fetchBytes(
  client: RegistryClient,
  name: string,
  descriptor: Descriptor,
  { signal, maxBytes = DEFAULT_MAX_BYTES }: FetchOptions = {},
): Promise<Uint8Array> {
  checkNotEmpty(descriptor);
  checkLength(descriptor, maxBytes);
  const carried = embedded(descriptor);
  if (carried !== undefined) return verified(carried, descriptor);
  const target = targetOf(name);
  const accept = `${descriptor.mediaType}, */*`;
  return firstOf(
    await candidatesFor(client, target, descriptor),
    descriptor,
    ({ url, host, isLast }) => {
      const request = client.request("GET", url, host, { accept, "accept-encoding": ACCEPT_ENCODING });
      return client.send(request, host, { scopes: target.scopes, isLast, signal }, async (response) =>
        verified(await readBody(response, descriptor.size + 1), descriptor),
      );
    },
    () => signal?.aborted === true,
  );
}

function checkLength({ mediaType, size, digest }: Descriptor, maxBytes: number): void {
  const isManifest = isManifestType(mediaType) || isIndexType(mediaType);
  const limit = isManifest ? Math.min(maxBytes, MAX_MANIFEST_BYTES) : maxBytes;
  if (size > limit)
    throw new ResourceExhaustedError(`rejecting ${size} byte ${digest}: more than ${limit} bytes`);
}

function verified(bytes: Uint8Array, { digest, size }: Descriptor): Uint8Array {
  if (bytes.length < size)
    throw new DataLossError(`short read: expected ${size} bytes but got ${bytes.length}: unexpected EOF`);
  if (bytes.length > size) throw new DataLossError(`content ${digest}: more than the expected ${size} bytes`);
  const actual = digestOf(bytes, algorithmOf(digest));
  if (actual !== digest) throw new DataLossError(`unexpected digest ${actual}, expected ${digest}`);
  return bytes;
}
