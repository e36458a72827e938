// The server with a client of grpc-go (testing/go), which is what containerd's own clients are made of.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { test } from "node:test";
import { DavitError, NotFoundError } from "@davit/errdefs";
import { serve, temporary, until, type EchoMethods } from "./testing/harness.ts";

const run = promisify(execFile);
const SOURCE = join(import.meta.dirname, "../testing/go");

/** Builds the client; the reason when that cannot be done here. */
async function build(binary: string): Promise<string | undefined> {
  try {
    await run("go", ["version"]);
  } catch {
    return "go is not installed";
  }
  try {
    await run("go", ["mod", "download"], { cwd: SOURCE, timeout: 120_000 });
  } catch (err) {
    return `no Go modules: ${(err as Error).message.slice(0, 300)}`;
  }
  await run("go", ["build", "-o", binary, "."], { cwd: SOURCE });
  return undefined;
}

let open = 0;

const methods: EchoMethods = {
  async say({ text, data }, { namespace, lease, signal }) {
    if (text === "namespace") return { text: namespace };
    if (text === "lease") return { text: lease ?? "" };
    if (text === "plain") throw new Error("plain text");
    if (text === "long") throw new Error("é".repeat(50_000));
    if (text.startsWith("fail:")) throw new NotFoundError(text.slice(5));
    if (text === "details") {
      const details = [{ typeUrl: "example/detail", value: new TextEncoder().encode("value") }];
      throw new DavitError("Unavailable", "registry", { details });
    }
    if (text === "sleep") await sleep(5000, undefined, { ...(signal && { signal }) });
    return { text, data };
  },
  async *count({ count, data }) {
    open++;
    try {
      for (let index = 0; index < count; index++) yield { index, data };
    } finally {
      open--;
    }
  },
  async sum(requests) {
    const all: string[] = [];
    for await (const { text } of requests) {
      if (text === "early") throw new NotFoundError("early");
      all.push(text);
    }
    return { text: all.join("+") };
  },
  async *chat(requests) {
    open++;
    try {
      for await (const { text } of requests) yield { text };
    } finally {
      open--;
    }
  },
};

test("a client of grpc-go", async (t) => {
  await using tmp = await temporary();
  const binary = join(tmp.dir, "grpc-peer");
  const absent = await build(binary);
  if (absent !== undefined) return t.skip(absent);
  await using h = await serve(methods);
  const { stdout } = await run(binary, [h.path], { timeout: 120_000 });
  const lines = stdout.trim().split("\n");
  for (const line of lines)
    await t.test(line.replace(/^(ok|FAIL) /, "").replace(/:.*/, ""), () => assert.match(line, /^ok /));
  assert.equal(lines.length, 17);
  await until(() => open === 0);
});
