import assert from "node:assert/strict";
import { collect, Conversation, refused, write } from "./conversation.ts";
import { randomBlob, type ServiceDefine } from "./trial.ts";

const MiB = 1024 * 1024;

export function serviceCallTests(define: ServiceDefine): void {
  blobCalls(define);
  readCalls(define);
  ingestCalls(define);
}

function blobCalls(define: ServiceDefine): void {
  define("Info and Update of what is no digest say that it failed validation", async ({ client, call }) => {
    await refused(client.info({ digest: "x" }, call), "InvalidArgument", '"x" failed validation');
    const update = client.update({ info: { digest: "sha256:short" } }, call);
    await refused(update, "InvalidArgument", '"sha256:short" failed validation');
  });

  define("Info and Delete of an absent digest are NotFound", async ({ client, call }) => {
    const { digest } = randomBlob();
    await refused(client.info({ digest }, call), "NotFound", `content digest ${digest}`);
    await refused(client.delete({ digest }, call), "NotFound", /^content (digest )?sha256:/);
  });

  define("Delete of what is no digest is InvalidArgument", async ({ client, call }) => {
    const deletion = client.delete({ digest: "x" }, call);
    await refused(deletion, "InvalidArgument", "invalid checksum digest format");
  });

  define("List sends no message for an empty store, and a hundred blobs in each", async (trial) => {
    const { client, call } = trial;
    assert.deepEqual(await collect(client.list({}, call)), []);
    const blobs = Array.from({ length: 201 }, () => randomBlob(8));
    for (const blob of blobs) await write(trial, blob);
    const messages = await collect(client.list({}, call));
    assert.deepEqual(
      messages.map(({ info }) => info.length),
      [100, 100, 1],
    );
    assert.deepEqual(
      messages.flatMap(({ info }) => info.map(({ digest }) => digest)),
      blobs.map(({ digest }) => digest).toSorted(),
    );
  });

  define("a filter that does not parse is InvalidArgument, and shows where", async ({ client, call }) => {
    const list = collect(client.list({ filters: ["digest=x"] }, call));
    await refused(
      list,
      "InvalidArgument",
      /^filters: parse error: \[digest >\|=\|< ?x\]: unsupported operator "="/,
    );
  });
}

function readCalls(define: ServiceDefine): void {
  define("Read sends messages of at most 1 MiB, whose offsets count from where it began", async (trial) => {
    const { client, call } = trial;
    const blob = randomBlob(2 * MiB + 10);
    await write(trial, blob);
    const messages = await collect(client.read({ digest: blob.digest, offset: 4n }, call));
    let offset = 0;
    for (const message of messages) {
      assert.equal(message.offset, BigInt(offset));
      assert.ok(message.data.length > 0 && message.data.length <= MiB);
      assert.ok(blob.data.subarray(4 + offset, 4 + offset + message.data.length).equals(message.data));
      offset += message.data.length;
    }
    assert.equal(offset, blob.data.length - 4);
  });

  define("Read takes any offset within the blob and any size", async (trial) => {
    const { client, call } = trial;
    const { digest, data } = await written(trial, 1000);
    const read = async (offset: bigint, size: bigint): Promise<Buffer> =>
      Buffer.concat((await collect(client.read({ digest, offset, size }, call))).map((each) => each.data));
    assert.deepEqual(await read(0n, 0n), data);
    assert.deepEqual(await read(-5n, 10n), data.subarray(0, 10), "a negative offset is 0");
    assert.deepEqual(await read(10n, -1n), data.subarray(10), "a negative size is all");
    assert.deepEqual(await read(990n, 100n), data.subarray(990));
    assert.deepEqual(
      await collect(client.read({ digest, offset: 1000n }, call)),
      [],
      "no message at the end",
    );
  });

  define("Read beyond the end is OutOfRange", async (trial) => {
    const { client, call } = trial;
    const { digest } = await written(trial, 10);
    const read = collect(client.read({ digest, offset: 11n }, call));
    await refused(read, "OutOfRange", "read past object length 10 bytes");
  });

  define("Read of what is no digest, or of an absent one, fails", async ({ client, call }) => {
    const read = (digest: string): Promise<unknown> => collect(client.read({ digest }, call));
    await refused(read("x"), "InvalidArgument", "x: invalid checksum digest format");
    await refused(read(randomBlob().digest), "NotFound", /^content digest sha256:/);
  });

  const written = async (
    trial: Parameters<typeof write>[0],
    size: number,
  ): Promise<ReturnType<typeof randomBlob>> => {
    const blob = randomBlob(size);
    await write(trial, blob);
    return blob;
  };
}

function ingestCalls(define: ServiceDefine): void {
  define("Status and Abort of an unknown ref are NotFound", async ({ client, call }) => {
    const status = client.status({ ref: "x" }, call);
    await refused(status, "NotFound", 'could not get status for ref "x": reference x');
    await refused(client.abort({ ref: "x" }, call), "NotFound", "reference x");
  });

  define("a call without a namespace is FailedPrecondition", async (trial) => {
    const { client } = trial;
    const call = { namespace: "" };
    const { digest } = randomBlob();
    const text = "namespace is required";
    await refused(client.info({ digest }, call), "FailedPrecondition", text);
    await refused(client.update({ info: { digest } }, call), "FailedPrecondition", text);
    await refused(collect(client.list({}, call)), "FailedPrecondition", text);
    await refused(client.delete({ digest }, call), "FailedPrecondition", text);
    await refused(collect(client.read({ digest }, call)), "FailedPrecondition", text);
    await refused(client.listStatuses({}, call), "FailedPrecondition", text);
    await refused(client.abort({ ref: "x" }, call), "FailedPrecondition", text);
    const status = client.status({ ref: "x" }, call);
    await refused(status, "FailedPrecondition", `could not get status for ref "x": ${text}`);
    await using conversation = new Conversation({ client, call });
    await refused(conversation.say({ ref: "x" }), "FailedPrecondition", text);
  });

  define("an invalid namespace is InvalidArgument", async ({ client }) => {
    const call = client.listStatuses({}, { namespace: "no/slash" });
    await refused(call, "InvalidArgument", /namespace validation: identifier "no\/slash" must match/);
  });
}
