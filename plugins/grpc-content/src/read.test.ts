import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { create, fromBinary } from "@bufbuild/protobuf";
import { Content, ReadContentRequestSchema, ReadContentResponseSchema } from "@davit/api/services/content";
import type { ReaderAt } from "@davit/content";
import { MemoryStore } from "@davit/content-testsuite";
import type { Digest } from "@davit/digest";
import { createClient } from "@davit/grpc/client";
import { contentService } from "@davit/plugin-grpc-content";
import { serve } from "./testing/serve.ts";

const call = { namespace: "default" };
const MiB = 1024 * 1024;

/** Counts the readers that are open. */
class CountingStore extends MemoryStore {
  open = 0;
  override async readerAt(...args: Parameters<MemoryStore["readerAt"]>): Promise<ReaderAt> {
    const reader = await super.readerAt(...args);
    this.open++;
    return { ...reader, [Symbol.asyncDispose]: () => Promise.resolve(void this.open--) };
  }
}

async function filled(size: number): Promise<{ store: CountingStore; data: Buffer; digest: Digest }> {
  const store = new CountingStore();
  const data = randomBytes(size);
  await using writer = await store.writer("r", call);
  await writer.write(data);
  return { store, data, digest: await writer.commit(call) };
}

async function within(ms: number, condition: () => boolean): Promise<void> {
  for (const end = Date.now() + ms; !condition() && Date.now() < end;)
    await new Promise((resolve) => setTimeout(resolve, 5));
  assert.ok(condition());
}

test("messages encoded by hand are what protobuf-es would have made of them", async () => {
  const { store, data, digest } = await filled(2 * MiB + 200);
  const request = create(ReadContentRequestSchema, { digest });
  const seen: [bigint, number][] = [];
  for await (const message of contentService(store).read(request, call)) {
    assert.ok("encoded" in message);
    const decoded = fromBinary(ReadContentResponseSchema, message.encoded);
    const from = Number(decoded.offset);
    assert.ok(data.subarray(from, from + decoded.data.length).equals(decoded.data));
    seen.push([decoded.offset, decoded.data.length]);
  }
  assert.deepEqual(seen, [
    [0n, MiB],
    [BigInt(MiB), MiB],
    [BigInt(2 * MiB), 200],
  ]);
});

for (const size of [1, 127, 128, 16_383, 16_384, MiB - 1, MiB, MiB + 1])
  test(`a blob of ${size} bytes arrives as it is`, async () => {
    const { store, data, digest } = await filled(size);
    await using served = await serve(store);
    const client = createClient(Content, served.channel);
    const messages = await Array.fromAsync(client.read({ digest }, call));
    assert.ok(Buffer.concat(messages.map((message) => message.data)).equals(data));
  });

test("reads that are broken off spoil no others, and leave no blob open", async () => {
  const { store, data, digest } = await filled(6 * MiB);
  await using served = await serve(store);
  const client = createClient(Content, served.channel);
  const whole = async (): Promise<void> => {
    const messages = await Array.fromAsync(client.read({ digest }, call));
    assert.ok(Buffer.concat(messages.map((message) => message.data)).equals(data));
  };
  const broken = async (): Promise<void> => {
    for await (const message of client.read({ digest }, call)) if (message.offset > 0n) break;
  };
  for (let round = 0; round < 4; round++)
    await Promise.all(Array.from({ length: 10 }, (_, index) => (index % 2 ? whole() : broken())));
  await within(2000, () => store.open === 0);
});
