import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { InternalError, NotImplementedError, ResourceExhaustedError } from "@davit/errdefs";
import type { Frame } from "./frames.ts";

const gunzipAsync = promisify(gunzip);

/**
 * The bytes of a message, inflated where its flag says so. `encoding` is the request's `grpc-encoding`.
 * @throws NotImplementedError for an encoding other than gzip, ResourceExhaustedError when more than `limit` bytes come out
 *   (no more than that are ever held), InternalError for bytes that are no gzip.
 */
export async function inflate(
  frame: Frame,
  encoding: string | undefined,
  limit: number,
): Promise<Uint8Array> {
  if (!frame.compressed) return frame.data;
  if (encoding === undefined || encoding === "identity")
    throw new InternalError("grpc: compressed flag set with identity or empty encoding", { bare: true });
  if (encoding !== "gzip")
    throw new NotImplementedError(`grpc: Decompressor is not installed for grpc-encoding "${encoding}"`, {
      bare: true,
    });
  try {
    return await gunzipAsync(frame.data, { maxOutputLength: limit });
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE")
      throw new ResourceExhaustedError(
        `grpc: received message after decompression larger than max ${limit}`,
        {
          bare: true,
        },
      );
    throw new InternalError(`grpc: failed to decompress the received message: ${(err as Error).message}`, {
      bare: true,
    });
  }
}
