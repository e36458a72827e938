import type { ContentStore } from "@davit/content";
import { ResourceExhaustedError } from "@davit/errdefs";
import type { CallOptions } from "@davit/namespaces";
import { isIndexType, isManifestType, type Descriptor } from "@davit/oci";
import { MAX_MANIFEST_BYTES } from "@davit/remotes";

/** What is read whole is no longer; configurations have a history, and may be longer than manifests. */
const MAX_DOCUMENT_BYTES = 8 * 1024 * 1024;

/** @throws ResourceExhaustedError for a manifest or index that no registry should serve. */
export function checkManifestSize(descriptor: Descriptor): void {
  const { mediaType } = descriptor;
  if (isManifestType(mediaType) || isIndexType(mediaType)) checkSize(descriptor, MAX_MANIFEST_BYTES);
}

/** Reads a document into memory. @throws NotFoundError; ResourceExhaustedError when it is too long. */
export async function readBlob(
  content: ContentStore,
  descriptor: Descriptor,
  call: CallOptions,
): Promise<Uint8Array> {
  const { digest } = descriptor;
  // What it is, not what the descriptor says that it is.
  const { sizeBytes } = await content.info(digest, call);
  checkSize({ digest, size: Number(sizeBytes) }, MAX_DOCUMENT_BYTES);
  const chunks: Uint8Array[] = [];
  for await (const chunk of content.read(digest, call)) chunks.push(Uint8Array.from(chunk));
  return Buffer.concat(chunks);
}

function checkSize({ digest, size }: Pick<Descriptor, "digest" | "size">, limit: number): void {
  if (size > limit)
    throw new ResourceExhaustedError(`rejecting ${size} byte ${digest}: more than ${limit} bytes`);
}
