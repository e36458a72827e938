import { decoded } from "./content-encoding.ts";
import { one, type HttpResponse } from "./message.ts";
import { HttpFailure, transportFailure } from "./failure.ts";

/**
 * Reads a body whole, its Content-Encoding undone, but no more than `limit` bytes: a longer one is cut there, for the
 * caller to see.
 * @throws HttpFailure when it breaks off; NotImplementedError for an unknown encoding.
 */
export async function readBody({ url, headers, body }: HttpResponse, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const stream = decoded(body, one(headers["content-encoding"]));
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= limit) break;
    }
  } catch (err) {
    throw new HttpFailure(transportFailure(err, "GET", url), { cause: err });
  }
  return Buffer.concat(chunks).subarray(0, limit);
}

/** Gives a body up. What is short is read to its end, so that the connection can be used again. */
export async function discardBody({ body }: Pick<HttpResponse, "body">): Promise<void> {
  try {
    await body.dump({ limit: 16 * 1024 });
  } catch {
    // Nobody wanted it.
  }
}
