import { create } from "@bufbuild/protobuf";
import { DataSchema, WindowUpdateSchema } from "@davit/api/transfer";
import { CanceledError, InvalidArgumentError, quote } from "@davit/errdefs";
import { isAnyOf, packAny, unpackAny } from "@davit/typeurl";
import type { Stream } from "./stream.ts";

// Bytes over a stream of messages (containerd core/transfer/streaming): `Data` one way, the other way `WindowUpdate`,
// each of which allows the sender so many bytes more. The numbers are containerd's.

/** Most bytes in one message. */
const MAX_DATA_BYTES = 32 * 1024;
/** The receiver allows so many more whenever it has allowed less than that. */
const WINDOW_BYTES = 2 * MAX_DATA_BYTES;

/**
 * Yields the bytes that the other end sends, until it closes. Data are asked for as they are consumed, 128 KiB ahead at most.
 * The stream stays open: it is its owner's.
 * @throws InvalidArgumentError for another message than `Data`.
 */
export async function* receiveBytes(stream: Stream): AsyncGenerator<Uint8Array, void> {
  let window = 0;
  for (;;) {
    if (window < WINDOW_BYTES) {
      allow(stream);
      window += WINDOW_BYTES;
    }
    const message = await stream.recv();
    if (message === undefined) return;
    if (!isAnyOf(message, DataSchema)) throw unexpected(message.typeUrl);
    const { data } = unpackAny(message, DataSchema);
    window -= data.length;
    if (data.length > 0) yield data;
  }
}

/**
 * Sends all bytes of `source`, as the other end allows it. The stream stays open: closing it is what tells the other end
 * that there are no more.
 * @throws CanceledError when the other end has closed before it allowed the last byte.
 */
export async function sendBytes(stream: Stream, source: AsyncIterable<Uint8Array>): Promise<void> {
  let window = 0;
  for await (const chunk of source)
    for (let at = 0; at < chunk.length;) {
      while (window <= 0) window += await windowUpdate(stream);
      const data = chunk.subarray(at, at + Math.min(MAX_DATA_BYTES, window));
      await stream.send(packAny(DataSchema, create(DataSchema, { data })));
      at += data.length;
      window -= data.length;
    }
}

/** Not waited for: a sender that has sent all reads no more, and what became of the stream is told by `recv()`. */
function allow(stream: Stream): void {
  const update = create(WindowUpdateSchema, { update: WINDOW_BYTES });
  stream.send(packAny(WindowUpdateSchema, update)).catch(() => {});
}

async function windowUpdate(stream: Stream): Promise<number> {
  const message = await stream.recv();
  if (message === undefined) throw new CanceledError("the receiver takes no more bytes");
  if (!isAnyOf(message, WindowUpdateSchema)) throw unexpected(message.typeUrl);
  return unpackAny(message, WindowUpdateSchema).update;
}

const unexpected = (typeUrl: string): InvalidArgumentError =>
  new InvalidArgumentError(`unexpected message ${quote(typeUrl)} in a stream of bytes`);
