import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContentStore, Writer } from "@davit/content";
import { contentStoreSuite, MemoryStore, type ContentSupports } from "@davit/content-testsuite";

const supports: ContentSupports = { labels: true, namespaces: true, immediateDelete: true };

contentStoreSuite({ test, open: () => Promise.resolve(new MemoryStore()), supports });

/** A store in memory with one fault. */
class Faulty extends MemoryStore {
  readonly #spoil: (writer: Writer) => void;
  constructor(spoil: (writer: Writer) => void) {
    super();
    this.#spoil = spoil;
  }
  override async writer(...args: Parameters<MemoryStore["writer"]>): Promise<Writer> {
    const writer = await super.writer(...args);
    this.#spoil(writer);
    return writer;
  }
}

/** The names of the tests that a store fails. */
async function failures(open: () => ContentStore & AsyncDisposable): Promise<string[]> {
  const failed: string[] = [];
  const running: Promise<void>[] = [];
  contentStoreSuite({
    test: (name, body) => running.push(body().catch(() => void failed.push(name))),
    open: () => Promise.resolve(open()),
    supports,
  });
  await Promise.all(running);
  return failed;
}

test("the suite fails a store whose writers do not unlock", async () => {
  const failed = await failures(
    () => new Faulty((writer) => (writer[Symbol.asyncDispose] = () => Promise.resolve())),
  );
  assert.ok(
    failed.includes("closing a writer unlocks its ref; closing it again does nothing"),
    failed.join("\n"),
  );
  assert.ok(failed.includes("a writer that was closed is resumed where it stopped"));
});

test("the suite fails a store that does not check digests", async () => {
  const failed = await failures(
    () =>
      new Faulty((writer) => {
        const commit = writer.commit.bind(writer);
        writer.commit = (options) => commit({ ...options, expected: undefined });
      }),
  );
  assert.ok(failed.includes("commit() of another digest is FailedPrecondition, and the ingest stays"));
  assert.ok(!failed.includes("commit() of another size is FailedPrecondition, and the ingest stays"));
});

test("the suite fails a store that has one namespace for all", async () => {
  class Common extends MemoryStore {
    override info(...[digest]: Parameters<MemoryStore["info"]>): ReturnType<MemoryStore["info"]> {
      return super.info(digest, { namespace: "common" });
    }
  }
  assert.ok(
    (await failures(() => new Common())).includes("a call without a namespace is FailedPrecondition"),
  );
});
