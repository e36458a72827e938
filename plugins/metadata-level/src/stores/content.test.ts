import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContentStore, Delegation, Source, Writer } from "@davit/content";
import { MemoryStore } from "@davit/content-testsuite";
import { digestOf } from "@davit/digest";
import { isAlreadyExists, isNotFound, isUnavailable } from "@davit/errdefs";
import { LevelMetadata } from "@davit/plugin-metadata-level";
import { keyOf } from "../db/keys.ts";
import { openRaw } from "../testing/raw.ts";
import { gather, openFixture, RecordedEvents, temporaryDirectory, undivided } from "../testing/fixture.ts";
import { messageOf, putBlob } from "../testing/objects.ts";

const ns = { namespace: "ns" };
const other = { namespace: "other" };
const digest = digestOf("hello");

test("a commit tells of the blob, a deletion too", async () => {
  await using fixture = await openFixture();
  const { content } = fixture.metadata;
  await putBlob(content, "hello", ns);
  await content.delete(digest, ns);
  assert.deepEqual(fixture.events.take(), [
    {
      namespace: "ns",
      topic: "/content/create",
      event: { type: "containerd.events.ContentCreate", digest, size: 5n, mediaType: "" },
    },
    {
      namespace: "ns",
      topic: "/content/delete",
      event: { type: "containerd.events.ContentDelete", digest },
    },
  ]);
});

test("a commit tells of the media type that the writer was opened with", async () => {
  await using fixture = await openFixture();
  const { content } = fixture.metadata;
  for (const call of [ns, other]) {
    await using writer = await content.writer("r", { ...call, expected: digest, mediaType: "text/plain" });
    if (writer.status().offset === 0n) await writer.write(Buffer.from("hello"));
    await writer.commit({ ...call, expected: digest });
  }
  const mediaTypes = fixture.events.take().map(({ event }) => "mediaType" in event && event.mediaType);
  assert.deepEqual(mediaTypes, ["text/plain", "text/plain"], "also when it is filled from another namespace");
});

test("errors are containerd's", async () => {
  await using fixture = await openFixture();
  const { content } = fixture.metadata;
  await putBlob(content, "hello", ns);
  const absent = digestOf("absent");
  const update = (fieldpaths: string[]) => content.update({ digest, labels: {} }, { ...ns, fieldpaths });
  const rows: [() => Promise<unknown>, string][] = [
    [() => content.info(absent, ns), `content digest ${absent}: not found`],
    [() => content.delete(absent, ns), `content digest ${absent}: not found`],
    [() => content.status("x", ns), "reference x: not found"],
    [() => content.abort("x", ns), "reference x: not found"],
    [() => content.writer("", ns), "ref must not be empty: invalid argument"],
    [() => content.writer("r", { ...ns, expected: digest }), `content ${digest}: already exists`],
    [() => update(["size"]), `cannot update "size" field on content info "${digest}": invalid argument`],
    [
      () => gather(content.list({ ...ns, filters: ["digest=="] })),
      "filters: parse error: [digest==]: expected value or quoted: invalid argument",
    ],
  ];
  for (const [call, message] of rows) assert.equal(await messageOf(call()), message);
});

test("a commit of another size names the client's ref", async () => {
  await using fixture = await openFixture();
  const { content } = fixture.metadata;
  await using writer = await content.writer("a ref", ns);
  await writer.write(Buffer.from("hello"));
  assert.equal(
    await messageOf(writer.commit({ ...ns, sizeBytes: 6n })),
    '"a ref" failed size validation: 5 != 6: failed precondition',
  );
  await using again = await content.writer("a ref", ns);
  assert.equal(again.status().offset, 5n, "the ingest stays, and can be taken up");
  assert.equal(await again.commit({ ...ns, sizeBytes: 5n, expected: digest }), digest);
});

test("the backend knows an ingest by namespace and ref; a locked one says so", async () => {
  await using fixture = await openFixture();
  const { content } = fixture.metadata;
  await using _ = await content.writer("my/ref", ns);
  assert.deepEqual(
    (await fixture.content.listStatuses(ns)).map(({ ref }) => ref),
    ["ns/1/my/ref"],
  );
  await assert.rejects(content.writer("my/ref", ns), isUnavailable);
  assert.match(await messageOf(content.writer("my/ref", ns)), /^ref ns\/1\/my\/ref locked for/);
});

test("an ingest without a lease has a day, renewed at every opening; one with a lease has none", async () => {
  await using fixture = await openFixture();
  const { content, leases } = fixture.metadata;
  await leases.create({ id: "l" }, ns);
  const before = BigInt(Date.now()) * 1_000_000n;
  await (await content.writer("free", ns))[Symbol.asyncDispose]();
  await (await content.writer("leased", { ...ns, lease: "l" }))[Symbol.asyncDispose]();
  const expiry = async () => {
    await using raw = await openRaw(fixture);
    assert.equal(await raw.get(keyOf("expire", "ns", "ingest", "leased")), undefined);
    return BigInt((await raw.get(keyOf("expire", "ns", "ingest", "free"))) ?? 0);
  };
  const first = await expiry();
  assert.ok(first - before >= 86_399n * 1_000_000_000n && first - before < 86_460n * 1_000_000_000n);
  await (await (await fixture.reopen()).content.writer("free", ns))[Symbol.asyncDispose]();
  assert.ok((await expiry()) > first);
});

test("shared: a filled writer has the bytes, is not listed, and needs only a commit", async () => {
  await using fixture = await openFixture();
  const { content } = fixture.metadata;
  await putBlob(content, "hello", ns);
  await using writer = await content.writer("r", { ...other, expected: digest });
  const { ref, offset, total, expected } = writer.status();
  assert.deepEqual([ref, offset, total, expected], ["r", 5n, 5n, digest]);
  assert.deepEqual(await content.listStatuses(other), []);
  assert.equal(writer.delegate?.(), undefined);
  assert.equal(
    await messageOf(writer.commit({ ...other, expected: digestOf("x") })),
    '"r" unexpected digest: failed precondition',
  );
  assert.equal(await writer.commit({ ...other, expected: digest, labels: { a: "1" } }), digest);
  assert.deepEqual((await content.info(digest, other)).labels, { a: "1" });
  assert.deepEqual((await content.info(digest, ns)).labels, {});
  await assert.rejects(content.status("r", other), isNotFound);
});

test("shared: a filled ingest can be aborted", async () => {
  await using fixture = await openFixture();
  const { content } = fixture.metadata;
  await putBlob(content, "hello", ns);
  await (await content.writer("r", { ...other, expected: digest }))[Symbol.asyncDispose]();
  await content.abort("r", other);
  await assert.rejects(content.abort("r", other), isNotFound);
});

test("shared: another size than the blob has opens an ordinary ingest", async () => {
  await using fixture = await openFixture();
  const { content } = fixture.metadata;
  await putBlob(content, "hello", ns);
  await using writer = await content.writer("r", { ...other, expected: digest, total: 9n });
  assert.equal(writer.status().offset, 0n);
});

test("shared: writing to a filled writer, or truncating it, makes an ingest of its own of it", async () => {
  await using fixture = await openFixture();
  const { content } = fixture.metadata;
  await putBlob(content, "hello", ns);
  {
    await using writer = await content.writer("r", { ...other, expected: digest });
    await writer.write(new Uint8Array());
    assert.deepEqual(await content.listStatuses(other), []);
    await writer.write(Buffer.from(" world"));
    assert.equal(writer.status().offset, 11n);
    const [status, ...more] = await content.listStatuses(other);
    assert.deepEqual([status?.total, more.length], [5n, 0], "its total is what it was filled with");
    assert.equal(await writer.commit(other), digestOf("hello world"));
  }
  await using writer = await content.writer("r2", { ...other, expected: digest });
  await writer.truncate(0n);
  assert.equal(writer.status().offset, 0n);
  await writer.write(Buffer.from("new"));
  assert.equal(await writer.commit(other), digestOf("new"));
});

test("isolated: the bytes must be sent, though the backend has them", async () => {
  await using fixture = await openFixture({ contentSharingPolicy: "isolated" });
  const { content } = fixture.metadata;
  await putBlob(content, "hello", ns);
  await using writer = await content.writer("r", { ...other, expected: digest });
  assert.equal(writer.status().offset, 0n);
  await writer.write(Buffer.from("hello"));
  assert.equal(await writer.commit({ ...other, expected: digest }), digest);
});

test("isolated: what a shareable namespace has is shared all the same", async () => {
  await using fixture = await openFixture({ contentSharingPolicy: "isolated" });
  const { content, namespaces } = fixture.metadata;
  await putBlob(content, "hello", ns);
  await namespaces.update({ name: "ns", labels: { "containerd.io/namespace.shareable": "true" } });
  await using writer = await content.writer("r", { ...other, expected: digest });
  assert.equal(writer.status().offset, 5n);
  await namespaces.update({ name: "ns", labels: { "containerd.io/namespace.shareable": "yes" } });
  await using stranger = await content.writer("r", { namespace: "third", expected: digest });
  assert.equal(stranger.status().offset, 0n);
});

test("a blob that vanished from the backend before a filled writer commits is not recorded", async () => {
  await using fixture = await openFixture();
  const { content } = fixture.metadata;
  await putBlob(content, "hello", ns);
  await using writer = await content.writer("r", { ...other, expected: digest });
  await fixture.content.delete(digest, ns);
  await assert.rejects(writer.commit(other), isNotFound);
  await assert.rejects(content.info(digest, other), isNotFound);
});

test("deleting a blob leaves the bytes to the collector, and a mark that it should look", async () => {
  await using fixture = await openFixture();
  const { content } = fixture.metadata;
  await putBlob(content, "hello", ns);
  await content.delete(digest, ns);
  assert.equal((await fixture.content.info(digest, ns)).sizeBytes, 5n);
  await using raw = await openRaw(fixture);
  assert.equal(await raw.get(keyOf("dirty", "content")), "");
});

test("a blob that the backend has without a record is taken up by a commit", async () => {
  await using fixture = await openFixture({ contentSharingPolicy: "isolated" });
  const { content } = fixture.metadata;
  await putBlob(fixture.content, "hello", ns);
  assert.equal(await putBlob(content, "hello", ns), digest);
  await assert.rejects(putBlob(content, "hello", ns), isAlreadyExists);
});

test("files of the backend are passed on: source() and delegate()", async () => {
  await using directory = await temporaryDirectory();
  const memory = undivided(new MemoryStore());
  const source: Source = { fd: 1, sizeBytes: 5n, [Symbol.asyncDispose]: () => Promise.resolve() };
  const delegation: Delegation = { fd: 2, offset: 0n, finished: () => {} };
  const backend: ContentStore = Object.assign(Object.create(memory) as ContentStore, {
    source: () => Promise.resolve(source),
    writer: async (...args: Parameters<ContentStore["writer"]>): Promise<Writer> =>
      Object.assign(await memory.writer(...args), { delegate: () => delegation }),
  });
  const backends = { content: backend, snapshotters: new Map(), events: new RecordedEvents() };
  await using metadata = await LevelMetadata.open(directory.path, backends);
  await assert.rejects(metadata.content.source?.(digest, ns) ?? Promise.resolve(), isNotFound);
  await putBlob(metadata.content, "hello", ns);
  assert.equal(await metadata.content.source?.(digest, ns), source);
  await using writer = await metadata.content.writer("r", ns);
  assert.equal(writer.delegate?.(), delegation);
});
