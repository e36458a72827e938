import assert from "node:assert/strict";
import { test } from "node:test";
import { Diff } from "@davit/api/services/diff";
import type { Differ } from "@davit/diff";
import { digestOf } from "@davit/digest";
import { NotFoundError, NotImplementedError, toStatus } from "@davit/errdefs";
import { GrpcServer, implement } from "@davit/grpc";
import { createClient, openChannel, type Client } from "@davit/grpc/client";
import { diffService, type DiffServiceOptions } from "@davit/plugin-grpc-diff";

const options = { namespace: "default" };
const digest = digestOf(Buffer.from("layer"));
const diff = {
  mediaType: "application/vnd.oci.image.layer.v1.tar",
  digest,
  size: 5n,
  annotations: { a: "1" },
};
const mount = { type: "bind", source: "/layer", target: "sub", options: ["rw"] };
const answer = { mediaType: "application/vnd.oci.image.layer.v1.tar", digest, size: 7 };

/** A differ that answers, or throws, and writes down its arguments. */
function differ(outcome: typeof answer | Error): Differ & { readonly seen: unknown[][] } {
  const seen: unknown[][] = [];
  const call = async (...args: unknown[]) => {
    seen.push(args);
    if (outcome instanceof Error) throw outcome;
    return outcome;
  };
  return { seen, apply: call, compare: call };
}

async function withClient(
  service: DiffServiceOptions,
  body: (client: Client<typeof Diff>) => Promise<void>,
): Promise<void> {
  await using server = new GrpcServer({ services: [implement(Diff, diffService(service))] });
  using channel = openChannel(await server.listen({ host: "127.0.0.1", port: 0 }));
  await body(createClient(Diff, channel));
}

async function statusOf(call: Promise<unknown>): Promise<readonly [code: number, message: string]> {
  const error = await call.then(
    () => assert.fail("the call succeeded"),
    (err: unknown) => err,
  );
  const { code, message } = toStatus(error);
  return [code, message];
}

test("Apply hands descriptor, mounts and options to the differ, and answers its descriptor", async () => {
  const walking = differ(answer);
  await withClient({ differs: new Map([["walking", walking]]), order: ["walking"] }, async (client) => {
    const { applied } = await client.apply(
      { diff, mounts: [mount], syncFs: true },
      { ...options, lease: "l" },
    );
    assert.deepEqual([applied?.mediaType, applied?.digest, applied?.size], [answer.mediaType, digest, 7n]);
  });
  const [[descriptor, mounts, call] = []] = walking.seen;
  assert.deepEqual(descriptor, { ...diff, size: 5 });
  assert.deepEqual(mounts, [mount]);
  const { namespace, lease, syncFs } = call as Record<string, unknown>;
  assert.deepEqual([namespace, lease, syncFs], ["default", "l", true]);
});

test("the configuration can force a sync", async () => {
  for (const syncFs of [false, true]) {
    const walking = differ(answer);
    await withClient(
      { differs: new Map([["walking", walking]]), order: ["walking"], syncFs },
      async (client) => {
        await client.apply({ diff, mounts: [] }, options);
      },
    );
    const call = walking.seen[0]?.[2] as Record<string, unknown> | undefined;
    assert.equal(call?.["syncFs"], syncFs);
  }
});

test("differs are asked in order until one does not answer Unimplemented", async () => {
  const refusing = differ(new NotImplementedError("not for me"));
  const good = differ(answer);
  const last = differ(answer);
  const differs = new Map([
    ["last", last],
    ["good", good],
    ["refusing", refusing],
  ]);
  await withClient({ differs, order: ["refusing", "good", "last"] }, async (client) => {
    await client.apply({ diff, mounts: [] }, options);
    await client.diff({ mediaType: "x" }, options);
  });
  assert.deepEqual([refusing.seen.length, good.seen.length, last.seen.length], [2, 2, 0]);
});

test("the last refusal is the answer when all refuse; any other error ends the search", async () => {
  const differs = new Map([
    ["one", differ(new NotImplementedError("one"))],
    ["two", differ(new NotImplementedError("two"))],
    [
      "three",
      differ(new Error("failed to get reader from content store", { cause: new NotFoundError("content x") })),
    ],
  ]);
  await withClient({ differs, order: ["one", "two"] }, async (client) => {
    assert.deepEqual(await statusOf(client.apply({ diff }, options)), [12, "two: not implemented"]);
  });
  await withClient({ differs, order: ["three", "one"] }, async (client) => {
    const text = "failed to get reader from content store: content x: not found";
    assert.deepEqual(await statusOf(client.apply({ diff }, options)), [5, text]);
  });
  await withClient({ differs, order: [] }, async (client) => {
    assert.deepEqual(await statusOf(client.apply({ diff }, options)), [
      12,
      "no differ is configured: not implemented",
    ]);
  });
});

test("an absent diff, or one whose digest is none, is InvalidArgument", async () => {
  await withClient(
    { differs: new Map([["walking", differ(answer)]]), order: ["walking"] },
    async (client) => {
      assert.deepEqual(await statusOf(client.apply({ mounts: [mount] }, options)), [
        3,
        "diff is required: invalid argument",
      ]);
      assert.equal((await statusOf(client.apply({ diff: { ...diff, digest: "x" } }, options)))[0], 3);
    },
  );
});

test("Diff hands over what the layer is to be; a differ that makes none is Unimplemented", async () => {
  const walking = differ({ ...answer, annotations: { made: "yes" } } as typeof answer);
  const labels = { l: "1" };
  const sourceDateEpoch = { seconds: 1n, nanos: 5 };
  await withClient({ differs: new Map([["walking", walking]]), order: ["walking"] }, async (client) => {
    const request = { left: [mount], right: [], mediaType: "type", ref: "ref", labels, sourceDateEpoch };
    const { diff: made } = await client.diff(request, options);
    assert.deepEqual(made?.annotations, { made: "yes" });
    await client.diff({}, options);
  });
  const [first, second] = walking.seen.map(([, , call]) => call as Record<string, unknown>);
  assert.deepEqual(walking.seen[0]?.slice(0, 2), [[mount], []]);
  const { mediaType, ref, labels: given, sourceDateEpoch: epoch } = first ?? {};
  assert.deepEqual([mediaType, ref, given, epoch], ["type", "ref", labels, 1_000_000_005n]);
  assert.equal(second?.["sourceDateEpoch"], undefined);

  const apply = async () => answer;
  await withClient({ differs: new Map([["half", { apply }]]), order: ["half"] }, async (client) => {
    assert.deepEqual(await statusOf(client.diff({}, options)), [
      12,
      'differ "half" does not make layers: not implemented',
    ]);
  });
});

test("a differ that has gone since is Unavailable", async () => {
  await withClient({ differs: new Map(), order: ["walking"] }, async (client) => {
    assert.deepEqual(await statusOf(client.apply({ diff }, options)), [
      14,
      'differ "walking" is not loaded: unavailable',
    ]);
  });
});
