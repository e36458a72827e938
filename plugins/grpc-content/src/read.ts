import type { ReadContentRequest } from "@davit/api/services/content";
import type { ContentStore } from "@davit/content";
import { DataLossError, OutOfRangeError } from "@davit/errdefs";
import type { CallOptions } from "@davit/namespaces";
import type { EncodedMessage } from "@davit/server";
import { digestToRead } from "./convert.ts";
import { ReadFrame } from "./read-frame.ts";

/** Content.Read: the blob in messages of up to 1 MiB, whose offsets count from the start of this read (as containerd's do). */
export async function* readContent(
  store: ContentStore,
  request: Pick<ReadContentRequest, "digest" | "offset" | "size">,
  options: CallOptions,
): AsyncGenerator<EncodedMessage> {
  const digest = digestToRead(request.digest);
  await using reader = await store.readerAt(digest, options);
  const { offset, length } = rangeOf(request, reader.sizeBytes);
  const frame = new ReadFrame(length);
  for (let sent = 0n; sent < length;) {
    options.signal?.throwIfAborted();
    const count = await reader.read(frame.room(length - sent), offset + sent);
    if (count === 0) throw new DataLossError(`content ${digest} ends at byte ${offset + sent}`);
    yield frame.message(sent, count);
    sent += BigInt(count);
  }
  frame.release();
}

/** What is asked for of a blob of that size: a negative offset is 0, a size of 0 or beyond the end reaches to the end. */
function rangeOf(
  request: Pick<ReadContentRequest, "offset" | "size">,
  sizeBytes: bigint,
): { readonly offset: bigint; readonly length: bigint } {
  const offset = request.offset < 0n ? 0n : request.offset;
  if (offset > sizeBytes)
    throw new OutOfRangeError(`read past object length ${sizeBytes} bytes`, { bare: true });
  const left = sizeBytes - offset;
  return { offset, length: request.size <= 0n || request.size > left ? left : request.size };
}
