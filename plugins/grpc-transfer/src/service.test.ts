import assert from "node:assert/strict";
import { test } from "node:test";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { AnySchema } from "@bufbuild/protobuf/wkt";
import { TransferRequestSchema } from "@davit/api/services/transfer";
import {
  AuthRequestSchema,
  AuthResponseSchema,
  AuthType,
  ImageExportStreamSchema,
  ImageStoreSchema,
  OCIRegistrySchema,
  ProgressSchema,
} from "@davit/api/transfer";
import { digestOf } from "@davit/digest";
import { kindOf, NotImplementedError, wireMessage } from "@davit/errdefs";
import { transferService } from "@davit/plugin-grpc-transfer";
import type { Stream } from "@davit/streaming";
import type { TransferEnd, Transferrer } from "@davit/transfer";
import { packAny, unpackAny, type Any } from "@davit/typeurl";
import { TestStreams } from "./testing/streams.ts";

const call = { namespace: "test" };
const registry = (init: MessageInitShape<typeof OCIRegistrySchema> = { reference: "a/b:c" }): Any =>
  packAny(OCIRegistrySchema, create(OCIRegistrySchema, init));
const store = (init: MessageInitShape<typeof ImageStoreSchema> = { name: "a/b:c" }): Any =>
  packAny(ImageStoreSchema, create(ImageStoreSchema, init));

type Run = Transferrer["transfer"];

/** The service over one transferrer that supports what ends in the image store. */
function service(run: Run, streams = new TestStreams()) {
  const transferrer: Transferrer = { supports: (_source, { kind }) => kind === "image-store", transfer: run };
  const { transfer } = transferService({ transferrers: new Map([["local", transferrer]]), streams });
  return (source: Any | undefined, destination: Any, progressStream = "") =>
    transfer(
      create(TransferRequestSchema, {
        ...(source && { source: create(AnySchema, source) }),
        destination: create(AnySchema, destination),
        options: { progressStream },
      }),
      call,
    );
}

/** The two ends as a transferrer sees them. */
async function decoded(
  source: Any,
  destination: Any,
  streams?: TestStreams,
): Promise<[TransferEnd, TransferEnd]> {
  let ends: [TransferEnd, TransferEnd] | undefined;
  await service(async (from, to) => void (ends = [from, to]), streams)(source, destination);
  return ends ?? assert.fail("nothing was transferred");
}

async function failure(transferred: Promise<unknown>): Promise<string> {
  return transferred.then(
    () => assert.fail("the transfer succeeded"),
    (err: unknown) => `${kindOf(err)} ${wireMessage(err)}`,
  );
}

async function received(stream: Stream): Promise<Any[]> {
  const messages: Any[] = [];
  for (let next = await stream.recv(); next !== undefined; next = await stream.recv()) messages.push(next);
  return messages;
}

test("an empty message is an end with nothing but its kind", async () => {
  const [source, destination] = await decoded(registry({}), store({}));
  assert.partialDeepStrictEqual(source, {
    kind: "oci-registry",
    reference: "",
    headers: {},
    defaultScheme: undefined,
    credentials: undefined,
  });
  assert.deepEqual(destination, {
    kind: "image-store",
    name: "",
    labels: {},
    allMetadata: false,
    manifestLimit: 0,
    platforms: [],
    extraReferences: [],
    unpacks: [],
  });
});

test("every field of the ends arrives", async () => {
  const platform = { os: "linux", architecture: "arm", variant: "v7", osVersion: "1", osFeatures: ["x"] };
  const resolver = { headers: { a: "b" }, hostDir: "/etc/certs.d", defaultScheme: "http" };
  const reference = {
    name: "n",
    isPrefix: true,
    allowOverwrite: true,
    addDigest: true,
    skipNamedDigest: true,
  };
  const [source, destination] = await decoded(
    registry({ reference: "a/b:c", resolver }),
    store({
      name: "n",
      labels: { l: "v" },
      platforms: [platform],
      allMetadata: true,
      manifestLimit: 2,
      extraReferences: [reference],
      unpacks: [{ platform, snapshotter: "native" }, {}],
    }),
  );
  assert.partialDeepStrictEqual(source, { reference: "a/b:c", ...resolver });
  assert.deepEqual(destination, {
    kind: "image-store",
    name: "n",
    labels: { l: "v" },
    platforms: [platform],
    allMetadata: true,
    manifestLimit: 2,
    extraReferences: [reference],
    unpacks: [
      { platform, snapshotter: "native" },
      { platform: undefined, snapshotter: "" },
    ],
  });
});

test("combinations that nobody supports, and types that are no end, are Unimplemented", async () => {
  const transfer = service(async () => {});
  const archive = packAny(ImageExportStreamSchema, create(ImageExportStreamSchema));
  assert.equal(
    await failure(transfer(store(), registry())),
    "NotImplemented method Transfer not implemented for containerd.types.transfer.ImageStore to containerd.types.transfer.OCIRegistry",
  );
  assert.equal(
    await failure(transfer(store(), archive)),
    "NotImplemented method Transfer not implemented for containerd.types.transfer.ImageStore to containerd.types.transfer.ImageExportStream",
  );
});

test("a type that nobody knows is Unknown, with containerd's text", async () => {
  const transfer = service(async () => {});
  const unknown = { typeUrl: "example.test/a.B", value: new Uint8Array() };
  assert.equal(
    await failure(transfer(unknown, store())),
    "Unknown type with url example.test/a.B: not found",
  );
  assert.equal(
    await failure(transfer(registry(), unknown)),
    "Unknown type with url example.test/a.B: not found",
  );
  assert.equal(await failure(transfer(undefined, store())), "Unknown type with url : not found");
});

test("types may be named with a prefix", async () => {
  const source = { ...registry(), typeUrl: "type.googleapis.com/containerd.types.transfer.OCIRegistry" };
  assert.equal((await decoded(source, store()))[0].kind, "oci-registry");
});

test("streams that are not there, and a scheme that is none", async () => {
  const transfer = service(async () => {});
  assert.equal(await failure(transfer(registry(), store(), "absent")), "NotFound not found");
  const resolver = { authStream: "absent" };
  assert.equal(await failure(transfer(registry({ resolver }), store())), "NotFound not found");
  assert.match(
    await failure(transfer(registry({ resolver: { defaultScheme: "ftp" } }), store())),
    /^InvalidArgument unsupported default scheme "ftp"/,
  );
});

test("an error of the transferrer is passed on, Unimplemented as well", async () => {
  const transfer = service(() => Promise.reject(new NotImplementedError("the differ")));
  assert.equal(await failure(transfer(registry(), store())), "NotImplemented the differ: not implemented");
});

test("progress comes in order, and the stream is closed at the end", async () => {
  const streams = new TestStreams();
  const client = streams.open("p");
  const descriptor = { mediaType: "m", digest: digestOf(""), size: 3, annotations: { a: "b" } };
  const transferred = service(async (_source, _destination, { onProgress }) => {
    onProgress?.({ event: "Resolving", name: "" });
    onProgress?.({ event: "waiting", name: "layer", parents: ["p"], progress: 0n, total: 3n, descriptor });
  }, streams)(registry(), store(), "p");
  const messages = await received(client);
  await transferred;
  assert.deepEqual(
    messages.map(({ typeUrl }) => typeUrl),
    ["containerd.types.transfer.Progress", "containerd.types.transfer.Progress"],
  );
  const [first, second] = messages.map((message) => unpackAny(message, ProgressSchema));
  assert.partialDeepStrictEqual(first, { event: "Resolving", name: "", parents: [] });
  assert.equal(first?.desc, undefined);
  assert.partialDeepStrictEqual(second, {
    event: "waiting",
    name: "layer",
    parents: ["p"],
    total: 3n,
    desc: { ...descriptor, size: 3n },
  });
});

test("the stream is closed when the transfer fails, too", async () => {
  const streams = new TestStreams();
  const client = streams.open("p");
  const transfer = service(() => Promise.reject(new Error("broken")), streams);
  assert.equal(await failure(transfer(registry(), store(), "p")), "Unknown broken");
  assert.deepEqual(await received(client), []);
});

test("a client that does not read holds up no transfer, and gets the latest", async () => {
  const streams = new TestStreams();
  const client = streams.open("p");
  let pushed = 0;
  const transferred = service(async (_source, _destination, { onProgress }) => {
    for (let progress = 0n; progress < 10_000n; progress++, pushed++)
      onProgress?.({ event: "downloading", name: "layer", progress, total: 10_000n });
    onProgress?.({ event: "complete", name: "layer" });
  }, streams)(registry(), store(), "p");
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(pushed, 10_000);
  const messages = (await received(client)).map((message) => unpackAny(message, ProgressSchema));
  assert.deepEqual(
    messages.map(({ event, progress }) => `${event} ${progress}`),
    ["downloading 0", "downloading 9999", "complete 0"],
  );
  await transferred;
});

test("a client that never reads holds up the end for two seconds at most", async () => {
  const streams = new TestStreams();
  streams.open("p");
  const begun = performance.now();
  await service(async (_source, _destination, { onProgress }) => {
    onProgress?.({ event: "a", name: "" });
    onProgress?.({ event: "b", name: "" });
  }, streams)(registry(), store(), "p");
  assert.ok(performance.now() - begun >= 1900);
});

test("a client that gives its progress stream up is transferred for all the same", async () => {
  const streams = new TestStreams();
  const client = streams.open("p");
  await client[Symbol.asyncDispose]();
  await service(async (_source, _destination, { onProgress }) => {
    onProgress?.({ event: "a", name: "" });
    await new Promise((resolve) => setImmediate(resolve));
    onProgress?.({ event: "b", name: "" });
  }, streams)(registry(), store(), "p");
});

test("credentials are asked for over the client's stream, one at a time", async () => {
  const streams = new TestStreams();
  const client = streams.open("auth");
  const answers = [
    { authType: AuthType.CREDENTIALS, username: "u", secret: "s" },
    { authType: AuthType.REFRESH, secret: "r" },
    { authType: AuthType.HEADER, secret: "Basic x" },
    { authType: AuthType.NONE },
  ];
  const hosts: string[] = [];
  const answering = (async () => {
    for (const answer of answers) {
      const request = unpackAny((await client.recv()) ?? assert.fail("closed"), AuthRequestSchema);
      assert.partialDeepStrictEqual(request, { reference: "a/b:c", wwwauthenticate: ["Basic"] });
      hosts.push(request.host);
      void client.send(packAny(AuthResponseSchema, create(AuthResponseSchema, answer)));
    }
    await client.close();
  })();
  const source = registry({ reference: "a/b:c", resolver: { authStream: "auth" } });
  await service(async (from) => {
    assert.ok(from.kind === "oci-registry" && from.credentials !== undefined);
    const { credentials, reference } = from;
    const ask = async (host: string) => await credentials({ host, reference, challenges: ["Basic"] });
    assert.deepEqual(await Promise.all(["1", "2", "3", "4"].map(ask)), [
      { username: "u", secret: "s" },
      { refreshToken: "r" },
      { header: "Basic x" },
      undefined,
    ]);
    await answering;
    await assert.rejects(ask("5"), { name: "UnavailableError" });
  }, streams)(source, store());
  assert.deepEqual(hosts, ["1", "2", "3", "4"]);
});

test("a client that never answers is waited for while the call lasts", async () => {
  const streams = new TestStreams();
  streams.open("auth");
  const abort = new AbortController();
  const transferrer: Transferrer = {
    supports: () => true,
    async transfer(from) {
      assert.ok(from.kind === "oci-registry" && from.credentials !== undefined);
      await from.credentials({ host: "h", reference: "r", challenges: [] });
    },
  };
  const { transfer } = transferService({ transferrers: new Map([["local", transferrer]]), streams });
  const request = create(TransferRequestSchema, {
    source: create(AnySchema, registry({ resolver: { authStream: "auth" } })),
    destination: create(AnySchema, store()),
  });
  const transferred = transfer(request, { ...call, signal: abort.signal });
  await new Promise((resolve) => setImmediate(resolve));
  abort.abort(new Error("gone"));
  await assert.rejects(transferred, { message: "gone" });
});
