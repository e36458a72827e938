import { ResourceExhaustedError } from "@davit/errdefs";
import type { Abortable, Session } from "./session.ts";

/** The largest manifest or configuration that is read into memory (containerd's limit). */
const MAX_DOCUMENT_BYTES = 8 << 20;

/**
 * Reads a blob whole: a manifest or a configuration, not a layer.
 * @throws NotFoundError; ResourceExhaustedError when it is larger than `maxBytes` (default 8 MiB).
 */
export async function readBlob(
  { services }: Session,
  digest: string,
  { signal, maxBytes = MAX_DOCUMENT_BYTES }: Abortable & { readonly maxBytes?: number } = {},
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const { data } of services.content.read({ digest }, { signal })) {
    chunks.push(data);
    length += data.length;
    if (length > maxBytes)
      throw new ResourceExhaustedError(`content ${digest}: larger than ${maxBytes} bytes`);
  }
  return Buffer.concat(chunks);
}
