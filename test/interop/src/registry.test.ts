import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { makeImage } from "@davit/test-support";
import { FaultyRegistry, type Fault, type Place } from "./faulty-registry.ts";
import { generationMissing, newest } from "./generation.ts";
import { startDavitd, type Side } from "./side.ts";

const status = (code: number, headers?: Readonly<Record<string, string>>): Fault => ({
  kind: "status",
  status: code,
  ...(headers !== undefined && { headers }),
});
const CHALLENGE = { "www-authenticate": 'Basic realm="test"' };

/** What goes wrong, where, and what a user is told. */
const FAULTS: readonly (readonly [name: string, at: Place, fault: Fault, told: RegExp])[] = [
  ["401 without a challenge", "tag", status(401), /401 Unauthorized/],
  [
    "401 with a challenge, and no credentials",
    "tag",
    status(401, CHALLENGE),
    /401 Unauthorized|authorization failed/,
  ],
  ["403", "tag", status(403), /403 Forbidden/],
  ["404 for the tag", "tag", status(404), /image:1: not found/],
  ["500 for the tag", "tag", status(500), /500 Internal Server Error/],
  ["429 for the tag", "tag", status(429), /429 Too Many Requests/],
  ["a redirect loop for the tag", "tag", { kind: "loop" }, /redirect/],
  ["404 for a manifest", "manifest", status(404), /not found/],
  ["500 for a manifest", "manifest", status(500), /500 Internal Server Error/],
  ["half a manifest", "manifest", { kind: "half" }, /unexpected EOF|aborted|closed|terminated/],
  ["a manifest with another digest", "manifest", { kind: "digest" }, /unexpected commit digest|digest/],
  ["500 for the configuration", "config", status(500), /500 Internal Server Error/],
  ["401 for a layer", "layer", status(401), /401 Unauthorized/],
  ["404 for a layer", "layer", status(404), /not found/],
  ["500 for a layer", "layer", status(500), /500 Internal Server Error/],
  ["half a layer", "layer", { kind: "half" }, /unexpected EOF|aborted|closed|terminated/],
  ["a layer that is too long", "layer", { kind: "length" }, /size/],
  ["a layer with another digest", "layer", { kind: "digest" }, /unexpected commit digest|digest/],
  ["a redirect loop for a layer", "layer", { kind: "loop" }, /redirect/],
];

// Whose transfer service davitd is: ctr 1.6 fetches by itself, and does not drop what it has fetched wrongly.
describe("a registry that fails", { skip: generationMissing(newest) }, () => {
  let side: Side;
  before(async () => {
    side = await startDavitd(newest);
  });
  after(() => side[Symbol.asyncDispose]());

  for (const [i, [name, at, fault, told]] of FAULTS.entries())
    test(`${name}: the pull says so, nothing is half-written, and the next one succeeds`, async () => {
      // Blobs that nobody has yet: namespaces share them.
      const layers = ["a", "b"].map((file) => [{ name: file, content: `${name} ${file}`.repeat(10_000) }]);
      await using registry = await FaultyRegistry.start(makeImage({ layers }));
      const namespace = `${side.namespace}-${i}`;
      const ctr = (...args: string[]) => side.ctr.run(args, { namespace });
      const pull = () => ctr("images", "pull", "--plain-http", registry.reference);

      registry.fails(fault, at);
      const failed = await pull();
      assert.equal(failed.code, 1, failed.stdout);
      assert.match(failed.stderr, told);
      console.log("TOLD", name, "::", failed.stderr);
      assert.equal((await ctr("images", "ls", "-q")).stdout, "");
      const kept = (await ctr("content", "ls", "-q")).stdout.split("\n").filter(Boolean);
      for (const digest of kept) assert.equal(digestOf(side, digest), digest);
      assert.equal((await ctr("snapshots", "ls")).stdout.trimEnd().split("\n").length, 1, "no snapshot");

      registry.recovers();
      const pulled = await pull();
      assert.equal(pulled.code, 0, pulled.stderr);
      assert.match((await ctr("images", "check")).stdout, /complete \(\d\/\d\).*true/);
    });
});

/** The digest of what lies in the store under a digest. */
function digestOf(side: Side, digest: string): string {
  const blob = side.path("root/io.containerd.content.v1.content/blobs", digest.replace(":", "/"));
  return `sha256:${createHash("sha256").update(readFileSync(blob)).digest("hex")}`;
}
