import { createHash } from "node:crypto";
import type { Scenarios } from "./context.ts";

const digestOf = (text: string): string => `sha256:${createHash("sha256").update(text).digest("hex")}`;
const ABSENT = digestOf("nobody has this");

/** Blobs: read, written, labelled, removed, fetched. */
export const content: Scenarios = {
  "content is listed and read": async ({ ctr }, { parts }) => {
    await ctr("content", "ls");
    await ctr("content", "ls", "-q");
    await ctr("content", "ls", `digest==${parts.index.digest}`);
    await ctr("content", "ls", 'labels."containerd.io/uncompressed"');
    await ctr("content", "get", parts.index.digest);
    await ctr("content", "get", parts.manifest.digest);
    await ctr("content", "get", ABSENT);
    await ctr("content", "get", "sha256:short");
    await ctr("content", "active");
  },
  "content is ingested, labelled and removed": async ({ ctr, with: run }) => {
    const text = "hello\n".repeat(100_000);
    const digest = digestOf(text);
    await run({ input: text }, "content", "ingest", "greeting");
    await run({ input: text }, "content", "ingest", "greeting");
    await run(
      { input: text },
      "content",
      "ingest",
      "--expected-digest",
      digest,
      "--expected-size",
      `${text.length}`,
      "again",
    );
    await ctr("content", "ls", `digest==${digest}`);
    await ctr("content", "label", digest, "a=b", "c=d");
    await ctr("content", "label", digest, "a=");
    await ctr("content", "label", digest, `a=${"x".repeat(4096)}`);
    await ctr("content", "label", ABSENT, "a=b");
    await ctr("content", "ls", `digest==${digest}`);
    await ctr("content", "rm", digest);
    await ctr("content", "rm", digest);
    await ctr("content", "rm", "sha256:short");
    await ctr("content", "ls", `digest==${digest}`);
  },
  "an ingest that is not what was said is refused": async ({ ctr, with: run }) => {
    await run({ input: "other" }, "content", "ingest", "--expected-digest", ABSENT, "wrong-digest");
    await run({ input: "other" }, "content", "ingest", "--expected-size", "3", "wrong-size");
    await run({ input: "" }, "content", "ingest", "");
    await ctr("content", "ls", `digest==${digestOf("other")}`);
    await ctr("content", "active");
  },
  "content is fetched without an image being unpacked": async ({ ctr }, { parts, fresh, image }) => {
    const [, , , reference = ""] = fresh;
    await ctr("content", "fetch", "--plain-http", reference);
    await ctr("content", "fetch", "--plain-http", reference);
    await ctr("images", "check", `name==${reference}`);
    await ctr("content", "fetch", "--plain-http", "--all-platforms", reference);
    await ctr("images", "check", `name==${reference}`);
    await ctr("content", "fetch-object", "--plain-http", image, parts.index.digest);
    await ctr("content", "ls");
  },
};
