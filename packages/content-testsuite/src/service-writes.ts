import assert from "node:assert/strict";
import { WriteAction } from "@davit/api/services/content";
import { digestOf } from "@davit/digest";
import { Conversation, refused, write } from "./conversation.ts";
import {
  blobOf,
  randomBlob,
  uniqueNamespace,
  type Blob,
  type ContentSupports,
  type ServiceDefine,
  type ServiceTrial,
} from "./trial.ts";

const { STAT, WRITE, COMMIT } = WriteAction;
const NOTHING = digestOf("");

/** The conversations of reference 09 §7, and the edges of 01 §5.2. */
export function serviceWriteTests(define: ServiceDefine, supports: Pick<ContentSupports, "sharing">): void {
  wholeWrites(define);
  offsets(define);
  refusals(define);
  existing(define);
  if (supports.sharing === true) shared(define);
}

/** Leaves an ingest of that ref with the first bytes of the blob. */
async function leave(trial: ServiceTrial, ref: string, blob: Blob, bytes: number): Promise<void> {
  await using conversation = new Conversation(trial);
  await conversation.say({ action: STAT, ref, total: blob.sizeBytes });
  await conversation.say({ action: WRITE, data: blob.data.subarray(0, bytes) });
  await conversation.end();
}

function wholeWrites(define: ServiceDefine): void {
  define("Write: STAT, WRITE, COMMIT", async (trial) => {
    const { digest, data } = blobOf(Buffer.from(`hello ${uniqueNamespace()}`));
    const size = BigInt(data.length);
    await using conversation = new Conversation(trial);
    const stat = await conversation.say({ action: STAT, ref: "r1", total: size, expected: digest });
    assert.deepEqual([stat.action, stat.offset, stat.total, stat.digest], [STAT, 0n, size, NOTHING]);
    assert.ok(stat.startedAt && stat.updatedAt);
    const wrote = await conversation.say({ action: WRITE, offset: 0n, data });
    assert.deepEqual([wrote.action, wrote.offset, wrote.digest], [WRITE, size, digest]);
    assert.deepEqual([wrote.total, wrote.startedAt], [size, stat.startedAt], "what STAT said is repeated");
    const commit = { action: COMMIT, offset: size, total: size, expected: digest, labels: { a: "1" } };
    const committed = await conversation.say(commit);
    assert.deepEqual([committed.action, committed.offset, committed.digest], [COMMIT, size, digest]);
    await conversation.end();
    const { info } = await trial.client.info({ digest }, trial.call);
    assert.deepEqual([info?.size, { ...info?.labels }], [size, { a: "1" }]);
  });

  define("Write: a single COMMIT with the data", async (trial) => {
    const blob = randomBlob();
    await using conversation = new Conversation(trial);
    const answer = await conversation.say({ action: COMMIT, ref: "r", data: blob.data });
    assert.deepEqual([answer.offset, answer.digest], [blob.sizeBytes, blob.digest]);
  });

  define("Write: 15 MiB in one message", async (trial) => {
    const blob = randomBlob(15 * 1024 * 1024);
    await write(trial, blob);
    const { info } = await trial.client.info({ digest: blob.digest }, trial.call);
    assert.equal(info?.size, blob.sizeBytes);
  });

  define("Write: a stream that ends without a COMMIT is resumed by the next", async (trial) => {
    const blob = randomBlob();
    await leave(trial, "r", blob, 300);
    await using conversation = new Conversation(trial);
    const stat = await conversation.say({ action: STAT, ref: "r", total: blob.sizeBytes });
    assert.equal(stat.offset, 300n);
    assert.equal(stat.digest, digestOf(blob.data.subarray(0, 300)));
    await conversation.say({ action: WRITE, offset: 300n, data: blob.data.subarray(300) });
    const done = await conversation.say({ action: COMMIT, offset: 1000n, expected: blob.digest });
    assert.equal(done.digest, blob.digest);
  });

  define("Write: a stream that is broken off is resumed by the next", async (trial) => {
    const blob = randomBlob();
    {
      await using conversation = new Conversation(trial);
      await conversation.say({ action: WRITE, ref: "r", data: blob.data.subarray(0, 300) });
    }
    const resumed = await unlocked(() => leaveNothing(trial, "r"));
    assert.equal(resumed, 300n);
  });

  /** Opens and closes the ingest; returns its offset. */
  async function leaveNothing(trial: ServiceTrial, ref: string): Promise<bigint> {
    await using conversation = new Conversation(trial);
    const { offset } = await conversation.say({ action: STAT, ref });
    await conversation.end();
    return offset;
  }
}

/** Tries again while the server has not yet noticed that the stream before is broken. */
async function unlocked<T>(attempt: () => Promise<T>): Promise<T> {
  for (let left = 50; ; left--) {
    try {
      return await attempt();
    } catch (err) {
      if (left === 0 || !String(err).includes("locked for")) throw err;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

function offsets(define: ServiceDefine): void {
  define("Write: an offset that is not the current one is OutOfRange", async (trial) => {
    await using conversation = new Conversation(trial);
    await conversation.say({ action: WRITE, ref: "r", data: Buffer.from("abc") });
    const wrong = conversation.say({ action: WRITE, offset: 4n, data: Buffer.from("e") });
    await refused(wrong, "OutOfRange", "write @4 must occur at current offset 3");
  });

  define("Write: an offset of 0 starts over", async (trial) => {
    const blob = randomBlob();
    await using conversation = new Conversation(trial);
    await conversation.say({ action: WRITE, ref: "r", data: Buffer.from("wrong") });
    const wrote = await conversation.say({ action: WRITE, offset: 0n, data: blob.data });
    assert.deepEqual([wrote.offset, wrote.digest], [blob.sizeBytes, blob.digest]);
    const commit = { action: COMMIT, offset: blob.sizeBytes, expected: blob.digest };
    assert.equal((await conversation.say(commit)).digest, blob.digest);
  });

  define("Write: a COMMIT at offset 0 drops what was written", async (trial) => {
    const blob = randomBlob();
    await leave(trial, "r", blob, 1000);
    {
      await using conversation = new Conversation(trial);
      const commit = conversation.say({ action: COMMIT, ref: "r", total: 1000n });
      await refused(commit, "FailedPrecondition", /size/);
    }
    const { status } = await trial.client.status({ ref: "r" }, trial.call);
    assert.equal(status?.offset, 0n);
  });

  define("Write: more than the total is taken until the COMMIT, which refuses it", async (trial) => {
    const blob = randomBlob(10);
    await using conversation = new Conversation(trial);
    await conversation.say({ action: STAT, ref: "r", total: 5n });
    assert.equal((await conversation.say({ action: WRITE, data: blob.data })).offset, 10n);
    const commit = conversation.say({ action: COMMIT, offset: 10n });
    await refused(commit, "FailedPrecondition", /5/);
    await assert.rejects(trial.client.info({ digest: blob.digest }, trial.call));
  });

  define("Write: the last total and the last digest that were named count", async (trial) => {
    const blob = randomBlob(10);
    await using conversation = new Conversation(trial);
    await conversation.say({ action: STAT, ref: "r", total: 5n, expected: randomBlob().digest });
    await conversation.say({ action: WRITE, data: blob.data, total: 10n, expected: blob.digest });
    const done = await conversation.say({ action: COMMIT, offset: 10n, ref: "ignored" });
    assert.equal(done.digest, blob.digest);
    assert.deepEqual((await trial.client.listStatuses({}, trial.call)).statuses, []);
  });
}

function refusals(define: ServiceDefine): void {
  define("Write: the first message must have a ref", async (trial) => {
    await using conversation = new Conversation(trial);
    const said = conversation.say({ action: STAT });
    await refused(said, "InvalidArgument", "first message must have a reference");
  });

  define("Write: a stream without a message is Unknown EOF", async (trial) => {
    await using conversation = new Conversation(trial);
    await refused(conversation.end(), "Unknown", "EOF");
  });

  define("Write: a second stream of a ref is Unavailable", async (trial) => {
    await using first = new Conversation(trial);
    await first.say({ action: STAT, ref: "r1" });
    await using second = new Conversation(trial);
    const said = second.say({ action: STAT, ref: "r1" });
    await refused(said, "Unavailable", /^ref \S*r1 locked for \S+s \(since .+\)$/);
    assert.equal((await first.say({ action: WRITE, data: Buffer.from("abc") })).offset, 3n);
  });

  define("Write: a COMMIT of another digest is refused, and the ingest stays", async (trial) => {
    const [blob, other] = [randomBlob(), randomBlob()];
    {
      await using conversation = new Conversation(trial);
      await conversation.say({ action: WRITE, ref: "r", data: blob.data });
      const commit = conversation.say({ action: COMMIT, offset: 1000n, expected: other.digest });
      const text = `unexpected commit digest ${blob.digest}, expected ${other.digest}`;
      await refused(commit, "FailedPrecondition", text);
    }
    const { statuses } = await trial.client.listStatuses({}, trial.call);
    assert.deepEqual(
      statuses.map(({ ref, offset }) => [ref, offset]),
      [["r", 1000n]],
    );
  });

  define("Write: what is expected need not be a digest, until the COMMIT", async (trial) => {
    await using conversation = new Conversation(trial);
    await conversation.say({ action: STAT, ref: "r", expected: "nonsense" });
    await conversation.say({ action: WRITE, data: Buffer.from("abc") });
    await assert.rejects(conversation.say({ action: COMMIT, offset: 3n }));
  });
}

function existing(define: ServiceDefine): void {
  define("Write: a blob that is there, named first, is AlreadyExists without an ingest", async (trial) => {
    const blob = randomBlob();
    await write(trial, blob);
    await using conversation = new Conversation(trial);
    const said = conversation.say({ action: STAT, ref: "again", expected: blob.digest });
    await refused(said, "AlreadyExists", `content ${blob.digest}`);
    assert.deepEqual((await trial.client.listStatuses({}, trial.call)).statuses, []);
  });

  define("Write: a blob that is there, named later, is AlreadyExists and ends the ingest", async (trial) => {
    const blob = randomBlob();
    await write(trial, blob);
    await using conversation = new Conversation(trial);
    await conversation.say({ action: WRITE, ref: "again", data: blob.data });
    const said = conversation.say({ action: COMMIT, offset: 1000n, expected: blob.digest });
    await refused(said, "AlreadyExists", `blob with expected digest ${blob.digest} exists`);
    assert.deepEqual((await trial.client.listStatuses({}, trial.call)).statuses, []);
  });

  define("Write: a COMMIT of a blob that is there, not named, is AlreadyExists", async (trial) => {
    const blob = randomBlob();
    await write(trial, blob);
    await using conversation = new Conversation(trial);
    const said = conversation.say({ action: COMMIT, ref: "again", data: blob.data });
    await refused(said, "AlreadyExists", `content ${blob.digest}`);
    assert.deepEqual((await trial.client.listStatuses({}, trial.call)).statuses, []);
  });
}

function shared(define: ServiceDefine): void {
  define("Write: a blob of another namespace is committed without data", async (trial) => {
    const blob = randomBlob();
    await write({ ...trial, call: { namespace: uniqueNamespace() } }, blob);
    await using conversation = new Conversation(trial);
    const { digest: expected, sizeBytes: total } = blob;
    const stat = await conversation.say({ action: STAT, ref: "r3", total, expected });
    assert.deepEqual([stat.offset, stat.total, stat.digest], [total, total, expected]);
    const done = await conversation.say({ action: COMMIT, offset: total, total, expected });
    assert.deepEqual([done.offset, done.digest], [total, expected]);
  });

  define("Write: a COMMIT at offset 0 of a blob of another namespace drops the bytes", async (trial) => {
    const blob = randomBlob(5);
    await write({ ...trial, call: { namespace: uniqueNamespace() } }, blob);
    await using conversation = new Conversation(trial);
    const { digest: expected, sizeBytes: total } = blob;
    await conversation.say({ action: STAT, ref: "r3", total, expected });
    const commit = conversation.say({ action: COMMIT, offset: 0n, total, expected });
    await refused(commit, "FailedPrecondition", '"r3" failed size validation: 0 != 5');
  });
}
