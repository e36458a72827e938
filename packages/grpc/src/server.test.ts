import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AlreadyExistsError,
  DavitError,
  isKind,
  kindOf,
  NotFoundError,
  PermissionDeniedError,
  ConflictError,
} from "@davit/errdefs";
import type { CallOptions } from "@davit/namespaces";
import {
  bidi,
  clientStream,
  GrpcServer,
  implement,
  serverStream,
  unary,
  type Interceptor,
  type ServiceImplementation,
} from "@davit/grpc";
import { createClient, openChannel } from "@davit/grpc/client";
import { Echo } from "./testing/echo.ts";
import { RawClient, frame, serve } from "./testing/harness.ts";

async function* texts(...values: string[]): AsyncGenerator<{ text: string }> {
  for (const text of values) yield { text };
}

test("a unary call gets its answer", async () => {
  await using h = await serve({ say: unary(async ({ text }) => ({ text: `${text}!` })) });
  assert.equal((await h.client.say({ text: "hé" })).text, "hé!");
});

test("a server-streaming call gets its messages in order, as many as wanted", async () => {
  await using h = await serve({
    count: serverStream(async function* ({ count }) {
      for (let index = 0; index < count; index++) yield { index };
    }),
  });
  const got: number[] = [];
  for await (const { index } of h.client.count({ count: 1000 })) got.push(index);
  assert.deepEqual(
    got,
    Array.from({ length: 1000 }, (_, i) => i),
  );
  assert.equal((await Array.fromAsync(h.client.count({}))).length, 0);
});

test("a client-streaming call is answered once, after the last request", async () => {
  await using h = await serve({
    sum: clientStream(async (requests) => {
      const all: string[] = [];
      for await (const { text } of requests) all.push(text);
      return { text: all.join("+"), index: all.length };
    }),
  });
  assert.equal((await h.client.sum(texts("a", "b", "c"))).text, "a+b+c");
  assert.equal((await h.client.sum(texts())).index, 0);
});

test("a bidi call answers each request as it comes", async () => {
  await using h = await serve({
    chat: bidi(async function* (requests) {
      for await (const { text } of requests) yield { text: text.toUpperCase() };
    }),
  });
  let ask = Promise.withResolvers<string>();
  async function* questions() {
    for (;;) {
      const text = await ask.promise;
      if (text === "") return;
      ask = Promise.withResolvers();
      yield { text };
    }
  }
  const answers = h.client.chat(questions());
  for (const text of ["one", "two"]) {
    ask.resolve(text);
    assert.equal((await answers.next()).value?.text, text.toUpperCase());
  }
  ask.resolve("");
  assert.equal((await answers.next()).done, true);
});

test("the handler is given namespace, lease, trace and a signal from the headers", async () => {
  let got: CallOptions | undefined;
  await using h = await serve({
    say: unary(async (_request, options) => {
      got = options;
      return {};
    }),
  });
  await h.client.say(
    {},
    { namespace: "k8s.io", lease: "l 1", trace: { traceparent: "00-1-2-01", baggage: "a=b" } },
  );
  assert.ok(got?.signal instanceof AbortSignal);
  assert.deepEqual(
    { ...got, signal: undefined },
    {
      namespace: "k8s.io",
      lease: "l 1",
      trace: { traceparent: "00-1-2-01", baggage: "a=b" },
      signal: undefined,
    },
  );
});

test("a handler can pass its options on to another call as they are, and none are invented", async () => {
  const seen: CallOptions[] = [];
  await using inner = await serve({
    say: unary(async (_request, options) => {
      seen.push(options);
      return {};
    }),
  });
  await using outer = await serve({ say: unary((request, options) => inner.client.say(request, options)) });
  await outer.client.say({}, { namespace: "ns" });
  await outer.client.say({});
  assert.deepEqual(
    seen.map(({ namespace, lease, trace }) => [namespace, lease, trace]),
    [
      ["ns", undefined, undefined],
      ["", undefined, undefined],
    ],
  );
});

test("a namespace in UTF-8 arrives as it was sent", async () => {
  await using h = await serve({ say: unary(async (_request, { namespace }) => ({ text: namespace })) });
  using raw = new RawClient(h.path);
  // Node writes each character of a header as a byte.
  const bytes = Buffer.from("ünï").toString("latin1");
  const { messages } = await raw.call("Say", [frame({})], { "containerd-namespace": bytes });
  assert.equal(messages[0]?.text, "ünï");
});

test("of several namespace headers the first counts", async () => {
  await using h = await serve({ say: unary(async (_request, { namespace }) => ({ text: namespace })) });
  using raw = new RawClient(h.path);
  const { messages } = await raw.call("Say", [frame({})], { "containerd-namespace": ["first", "second"] });
  assert.equal(messages[0]?.text, "first");
});

test("an error of a handler arrives with its code and text, whatever the characters", async () => {
  const errors: Record<string, Error> = {
    notFound: new NotFoundError('container "x" in namespace "default"'),
    conflict: new ConflictError("ref"),
    percent: new AlreadyExistsError("100% größer\n"),
    plain: new Error("some text"),
    spaces: new Error(" unexpected input:  "),
    wrapped: new Error("read", { cause: new NotFoundError("blob") }),
  };
  await using h = await serve({
    say: unary(async ({ text }) => {
      throw errors[text] as Error;
    }),
  });
  const failure = (text: string): Promise<Error> =>
    h.client.say({ text }).then(
      () => assert.fail("no error"),
      (err: Error) => err,
    );
  assert.equal((await failure("notFound")).message, 'container "x" in namespace "default": not found');
  assert.equal(kindOf(await failure("notFound")), "NotFound");
  assert.equal(kindOf(await failure("conflict")), "Conflict");
  assert.equal((await failure("percent")).message, "100% größer\n: already exists");
  assert.equal(kindOf(await failure("plain")), "Unknown");
  assert.equal((await failure("plain")).message, "some text");
  assert.equal((await failure("spaces")).message, " unexpected input:  ");
  assert.equal((await failure("wrapped")).message, "read: blob: not found");
});

test("details of a status pass through, and agree with its code and message", async () => {
  const details = [
    { typeUrl: "github.com/x/ErrUnexpectedStatus", value: new TextEncoder().encode('{"StatusCode":503}') },
  ];
  await using h = await serve({
    say: unary(async () => {
      throw new DavitError("Unavailable", "registry", { details });
    }),
  });
  await assert.rejects(h.client.say({}), (err: DavitError) => {
    assert.equal(kindOf(err), "Unavailable");
    assert.equal(err.details?.[0]?.typeUrl, details[0]?.typeUrl);
    assert.deepEqual(Buffer.from(err.details?.[0]?.value ?? []), Buffer.from(details[0]?.value ?? []));
    return true;
  });
});

test("an error after some messages comes after them", async () => {
  await using h = await serve({
    count: serverStream(async function* () {
      yield { index: 1 };
      yield { index: 2 };
      throw new NotFoundError("third");
    }),
  });
  const got: number[] = [];
  await assert.rejects(
    async () => {
      for await (const { index } of h.client.count({})) got.push(index);
    },
    (err) => isKind(err, "NotFound"),
  );
  assert.deepEqual(got, [1, 2]);
});

test("an unknown service, an unknown method and one without a handler are told apart", async () => {
  await using h = await serve({ say: unary(async () => ({})) });
  using raw = new RawClient(h.path);
  const text = async (method: string): Promise<unknown[]> => {
    const { trailers, headers } = await raw.call(method, [frame({})]);
    assert.equal(headers[":status"], 200);
    return [trailers["grpc-status"], decodeURIComponent(String(trailers["grpc-message"]))];
  };
  assert.deepEqual(await text("/a.b.C/M"), ["12", "unknown service a.b.C"]);
  assert.deepEqual(await text("Shout"), ["12", "unknown method Shout for service davit.grpc.test.Echo"]);
  assert.deepEqual(await text("Count"), ["12", "method Count not implemented"]);
  assert.deepEqual(await text("/a/b/c"), ["12", "unknown service a/b"]);
  assert.deepEqual(await text("/nonsense"), ["12", 'malformed method name: "/nonsense"']);
});

test("what is not gRPC is answered in HTTP", async () => {
  await using h = await serve({ say: unary(async () => ({})) });
  using raw = new RawClient(h.path);
  assert.equal((await raw.call("Say", [], { "content-type": "application/json" })).headers[":status"], 415);
  assert.equal(
    (await raw.call("Say", [], { "content-type": "application/grpcweb" })).headers[":status"],
    415,
  );
  assert.equal((await raw.call("Say", [], { ":method": "PUT" })).headers[":status"], 405);
  const ok = await raw.call("Say", [frame({})], { "content-type": "application/grpc+proto" });
  assert.equal(ok.trailers["grpc-status"], "0");
});

test("services may come and go while the server runs", async () => {
  const services: ServiceImplementation[] = [];
  await using h = await serve({}, { services });
  await assert.rejects(h.client.say({}), /unknown service davit\.grpc\.test\.Echo/);
  services.push(implement(Echo, { say: async () => ({ text: "here" }) }));
  assert.equal((await h.client.say({})).text, "here");
});

test("interceptors see the call and its status, outermost first, and may answer themselves", async () => {
  const log: string[] = [];
  const watch =
    (name: string): Interceptor =>
    async (call, next) => {
      log.push(`${name} ${call.service}/${call.method} ${call.options.namespace}`);
      const status = await next();
      log.push(`${name} ${status.code}`);
      if (call.options.namespace === "forbidden") throw new PermissionDeniedError("namespace");
      return status;
    };
  let calls = 0;
  await using h = await serve(
    {
      say: unary(async ({ text }) => {
        calls++;
        if (text === "") throw new NotFoundError("text");
        return { text };
      }),
    },
    { interceptors: [watch("outer"), watch("inner")] },
  );
  await h.client.say({ text: "x" }, { namespace: "a" });
  await assert.rejects(h.client.say({}, { namespace: "b" }));
  assert.deepEqual(log, [
    "outer davit.grpc.test.Echo/Say a",
    "inner davit.grpc.test.Echo/Say a",
    "inner 0",
    "outer 0",
    "outer davit.grpc.test.Echo/Say b",
    "inner davit.grpc.test.Echo/Say b",
    "inner 5",
    "outer 5",
  ]);
  await assert.rejects(h.client.say({ text: "x" }, { namespace: "forbidden" }), (err) =>
    isKind(err, "PermissionDenied"),
  );
  assert.equal(calls, 3);
});

test("a server also listens on a TCP port", async () => {
  await using server = new GrpcServer({
    services: [implement(Echo, { say: async ({ text }) => ({ text }) })],
  });
  const address = await server.listen({ host: "127.0.0.1", port: 0 });
  using channel = openChannel(address);
  assert.equal((await createClient(Echo, channel).say({ text: "tcp" })).text, "tcp");
  await assert.rejects(
    server.listen({ host: "127.0.0.1", port: Number(address.split(":")[1]) }),
    /EADDRINUSE/,
  );
});
