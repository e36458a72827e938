import assert from "node:assert/strict";
import { test } from "node:test";
import { isInvalidArgument, isUnauthenticated, wireMessage } from "@davit/errdefs";
import { parseChallenges, type Credentials } from "@davit/remotes";
import { FakeRegistry, type Recorded } from "./fake-registry.test.helper.ts";
import { plainRegistry, SinkFile, TestClock } from "./helpers.test.helper.ts";

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";

test("challenges are read from all values, bearer before basic", () => {
  assert.deepEqual(
    parseChallenges([
      'Basic realm="a, b", charset="UTF-8"',
      'Bearer realm="https://auth.example/token",service="x\\"y",scope="repository:app:pull", error=invalid_token',
      "Digest nonce=1, Negotiate, Bearer",
    ]),
    [
      {
        scheme: "bearer",
        parameters: {
          realm: "https://auth.example/token",
          service: 'x"y',
          scope: "repository:app:pull",
          error: "invalid_token",
        },
      },
      { scheme: "bearer", parameters: {} },
      { scheme: "digest", parameters: { nonce: "1" } },
      { scheme: "basic", parameters: { realm: "a, b", charset: "UTF-8" } },
      { scheme: "negotiate", parameters: {} },
    ],
  );
  assert.deepEqual(parseChallenges(["", "=", '"x"', "Bearer realm=https://auth.example/t?a,service=s"]), [
    { scheme: "bearer", parameters: { realm: "https://auth.example/t?a", service: "s" } },
  ]);
});

test("Basic credentials are sent once the registry asks, and from then on at once", async () => {
  await using server = await FakeRegistry.start((request, response) => {
    if (request.headers.authorization !== basic("me", "pw"))
      response.writeHead(401, { "www-authenticate": 'Basic realm="x"' }).end();
  });
  const asked: unknown[] = [];
  await using registry = plainRegistry({
    credentials: (host, challenges) => {
      asked.push([host, challenges]);
      return { username: "me", secret: "pw" };
    },
  });
  server.manifest({}, MANIFEST, "1");
  await registry.resolve(`${server.host}/app:1`);
  await registry.resolve(`${server.host}/app:1`);
  assert.deepEqual(
    server.requests.map(({ headers }) => headers.authorization),
    [undefined, basic("me", "pw"), basic("me", "pw")],
  );
  assert.deepEqual(asked, [[server.host, ['Basic realm="x"']]]);
});

const basic = (name: string, secret: string): string =>
  `Basic ${Buffer.from(`${name}:${secret}`).toString("base64")}`;

test("a Basic registry without credentials is a refusal that says so", async () => {
  await using server = await FakeRegistry.start((_request, response) =>
    response.writeHead(401, { "www-authenticate": "Basic" }).end(),
  );
  for (const credentials of [
    undefined,
    () => undefined,
    () => ({ username: "", secret: "x" }),
    () => ({ username: "x", secret: "" }),
  ]) {
    await using registry = plainRegistry({ credentials });
    await assert.rejects(
      registry.resolve(`${server.host}/app:1`),
      (err) =>
        isUnauthenticated(err) &&
        wireMessage(err) ===
          "pull access denied, repository does not exist or may require authorization: no basic auth credentials: authorization failed",
    );
  }
});

test("Basic credentials that are refused are not sent again and again", async () => {
  await using server = await FakeRegistry.start((_request, response) =>
    response.writeHead(401, { "www-authenticate": "Basic" }).end(),
  );
  await using registry = plainRegistry({ credentials: () => ({ username: "me", secret: "no" }) });
  await assert.rejects(registry.resolve(`${server.host}/app:1`), isUnauthenticated);
  assert.equal(server.requests.length, 2);
});

test("an unknown scheme is the registry's own 401", async () => {
  await using server = await FakeRegistry.start((_request, response) =>
    response.writeHead(401, { "www-authenticate": "Negotiate" }).end(),
  );
  await using registry = plainRegistry({ credentials: () => ({ username: "a", secret: "b" }) });
  await assert.rejects(
    registry.resolve(`${server.host}/app:1`),
    (err) => isUnauthenticated(err) && /401 Unauthorized$/.test(wireMessage(err)),
  );
  assert.equal(server.requests.length, 1);
});

/** A registry whose token server hands out `token-1`, `token-2` and so on; `valid` says which are good. */
async function tokenRegistry(
  options: {
    readonly challenge?: string;
    readonly answer?: (count: number, request: Recorded) => object | number;
    readonly valid?: (token: string) => boolean;
  } = {},
): Promise<FakeRegistry & { readonly tokens: Recorded[] }> {
  const tokens: Recorded[] = [];
  const server = await FakeRegistry.start((request, response, body) => {
    const { headers, method = "", url } = request;
    if (url.startsWith("/token")) {
      tokens.push({ method, url, headers, body });
      const answer = options.answer?.(tokens.length, { method, url, headers, body }) ?? {
        token: `token-${tokens.length}`,
        expires_in: 300,
      };
      if (typeof answer === "number") response.writeHead(answer).end();
      else response.end(JSON.stringify(answer));
      return;
    }
    const token = headers.authorization?.replace(/^Bearer /, "") ?? "";
    if (token !== "" && (options.valid?.(token) ?? true)) return;
    const challenge =
      options.challenge ??
      `Bearer realm="${server.url}/token",service="registry",scope="repository:app:pull"`;
    response.writeHead(401, { "www-authenticate": challenge.replace("REALM", `${server.url}/token`) }).end();
  });
  server.manifest({}, MANIFEST, "1");
  return Object.assign(server, { tokens });
}

test("an anonymous token is fetched by GET", async () => {
  await using server = await tokenRegistry();
  await using registry = plainRegistry({ userAgent: "davit/1" });
  await registry.resolve(`${server.host}/app:1`);
  assert.deepEqual(
    server.tokens.map(({ method, url }) => [method, url]),
    [["GET", "/token?service=registry&scope=repository%3Aapp%3Apull"]],
  );
  assert.equal(server.tokens[0]?.headers.authorization, undefined);
  assert.equal(server.tokens[0]?.headers["user-agent"], "davit/1");
});

test("a password is exchanged for a token by POST, its form sorted", async () => {
  await using server = await tokenRegistry({ answer: () => ({ access_token: "a" }) });
  await using registry = plainRegistry({ credentials: () => ({ username: "me", secret: "p&w" }) });
  await registry.resolve(`${server.host}/app:1`);
  const [request] = server.tokens;
  assert.equal(request?.method, "POST");
  assert.equal(request?.headers["content-type"], "application/x-www-form-urlencoded; charset=utf-8");
  assert.equal(
    request?.body,
    "client_id=containerd-client&grant_type=password&password=p%26w&scope=repository%3Aapp%3Apull&service=registry&username=me",
  );
  assert.equal(server.requests.at(-1)?.headers.authorization, "Bearer a");
});

for (const credentials of [{ refreshToken: "r" }, { username: "", secret: "r" }] satisfies Credentials[])
  test(`an identity token (${Object.keys(credentials).join(", ")}) is exchanged by POST`, async () => {
    await using server = await tokenRegistry();
    await using registry = plainRegistry({ credentials: () => credentials });
    await registry.resolve(`${server.host}/app:1`);
    assert.equal(
      server.tokens[0]?.body,
      "client_id=containerd-client&grant_type=refresh_token&refresh_token=r&scope=repository%3Aapp%3Apull&service=registry",
    );
  });

for (const status of [405, 404, 401, 400])
  test(`where POST is answered ${status} the token is fetched by GET with Basic`, async () => {
    await using server = await tokenRegistry({
      answer: (_count, { method }) => (method === "POST" ? status : { token: "t" }),
    });
    await using registry = plainRegistry({ credentials: () => ({ username: "me", secret: "pw" }) });
    await registry.resolve(`${server.host}/app:1`);
    assert.deepEqual(
      server.tokens.map(({ method, headers }) => [method, headers.authorization]),
      [
        ["POST", undefined],
        ["GET", basic("me", "pw")],
      ],
    );
  });

test("refused credentials carry the token server's answer", async () => {
  await using server = await tokenRegistry({ answer: () => 401 });
  await using registry = plainRegistry({ credentials: () => ({ username: "me", secret: "no" }) });
  await assert.rejects(
    registry.resolve(`${server.host}/app:1`),
    (err) =>
      isUnauthenticated(err) &&
      wireMessage(err).startsWith(
        `pull access denied, repository does not exist or may require authorization: failed to authorize: failed to fetch oauth token: unexpected status from GET request to ${server.url}/token?service=registry&scope=repository%3Aapp%3Apull: 401 Unauthorized`,
      ) &&
      !wireMessage(err).includes("no="),
  );
});

test("a whole header is sent as it is", async () => {
  await using server = await tokenRegistry();
  await using registry = plainRegistry({ credentials: () => ({ header: "Bearer of-my-own" }) });
  await registry.resolve(`${server.host}/app:1`);
  assert.equal(server.requests.at(-1)?.headers.authorization, "Bearer of-my-own");
  assert.deepEqual(server.tokens, []);
});

test("a token serves until it expires", async () => {
  await using server = await tokenRegistry();
  const clock = new TestClock();
  await using registry = plainRegistry({ clock });
  const name = `${server.host}/app:1`;
  await registry.resolve(name);
  clock.time += 294_000;
  await registry.resolve(name);
  assert.equal(server.tokens.length, 1);
  clock.time += 2000;
  await registry.resolve(name);
  assert.equal(server.tokens.length, 2);
});

test("a token without lifetime is good for a minute; one issued earlier for less", async () => {
  const clock = new TestClock();
  const issued = new Date(clock.time - 50_000).toISOString();
  await using server = await tokenRegistry({
    answer: (count) => (count === 1 ? { token: "a" } : { token: "b", expires_in: 60, issued_at: issued }),
  });
  await using registry = plainRegistry({ clock });
  const name = `${server.host}/app:1`;
  await registry.resolve(name);
  clock.time += 54_000;
  await registry.resolve(name);
  assert.equal(server.tokens.length, 1);
  clock.time += 2000;
  await registry.resolve(name); // b has expired by its own account: it serves once.
  assert.equal(server.tokens.length, 2);
  await registry.resolve(name);
  assert.equal(server.tokens.length, 3);
});

test("each repository has a token of its own, and requests at the same time share one", async () => {
  await using server = await tokenRegistry({ challenge: 'Bearer realm="REALM",service="s"' });
  await using registry = plainRegistry();
  server.serve("/v2/other/manifests/1", MANIFEST, "{}");
  await registry.resolve(`${server.host}/app:1`);
  await Promise.all(Array.from({ length: 5 }, () => registry.resolve(`${server.host}/other:1`)));
  assert.deepEqual(
    server.tokens.map(({ url }) => url),
    ["/token?service=s&scope=repository%3Aapp%3Apull", "/token?service=s&scope=repository%3Aother%3Apull"],
  );
});

test("a token that the registry refuses is fetched anew, once", async () => {
  await using server = await tokenRegistry({ valid: (token) => token === "token-2" });
  await using registry = plainRegistry();
  await registry.resolve(`${server.host}/app:1`);
  assert.equal(server.tokens.length, 2);
  await using hopeless = await tokenRegistry({ valid: () => false });
  await assert.rejects(registry.resolve(`${hopeless.host}/app:1`), isUnauthenticated);
  assert.equal(hopeless.tokens.length, 2);
});

test("an error in a repeated challenge is final, and told", async () => {
  await using server = await tokenRegistry({
    challenge: 'Bearer realm="REALM",service="s",error="insufficient_scope"',
    valid: () => false,
  });
  await using registry = plainRegistry();
  await assert.rejects(
    registry.resolve(`${server.host}/app:1`),
    (err) =>
      isUnauthenticated(err) &&
      wireMessage(err) ===
        "pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed",
  );
  assert.equal(server.tokens.length, 1);
});

test("an expired token with an error in the challenge is replaced", async () => {
  let bad = "";
  await using server = await tokenRegistry({
    challenge: 'Bearer realm="REALM",service="s",error="invalid_token"',
    valid: (token) => token !== bad,
  });
  await using registry = plainRegistry();
  await registry.resolve(`${server.host}/app:1`);
  bad = "token-1";
  await registry.resolve(`${server.host}/app:1`);
  assert.equal(server.tokens.length, 2);
});

test("refresh tokens are asked for when somebody keeps them, and used", async () => {
  const kept: unknown[] = [];
  await using server = await tokenRegistry({
    answer: (count) => ({ token: `t${count}`, refresh_token: `r${count}`, expires_in: 60 }),
  });
  const clock = new TestClock();
  await using registry = plainRegistry({ clock, onRefreshToken: (...token) => kept.push(token) });
  await registry.resolve(`${server.host}/app:1`);
  clock.time += 100_000;
  await registry.resolve(`${server.host}/app:1`);
  assert.match(server.tokens[0]?.url ?? "", /&offline_token=true$/);
  assert.match(
    server.tokens[1]?.body ?? "",
    /^access_type=offline&.*grant_type=refresh_token&refresh_token=r1&/,
  );
  assert.deepEqual(kept, [
    [server.host, "registry", "r1"],
    [server.host, "registry", "r2"],
  ]);
});

for (const [what, challenge] of [
  ["no realm specified for token auth challenge", 'Bearer service="s"'],
  ["invalid token auth challenge realm", 'Bearer realm="file:///etc/passwd"'],
] as const)
  test(`a challenge with ${what} is refused`, async () => {
    await using server = await tokenRegistry({ challenge });
    await using registry = plainRegistry();
    await assert.rejects(
      registry.resolve(`${server.host}/app:1`),
      (err) => isInvalidArgument(err) && wireMessage(err).startsWith(what),
    );
  });

for (const [what, answer] of [
  ["without token", { other: 1 }],
  ["with a malformed token", { token: "a\r\nx: y" }],
  ["without JSON", 200],
] as const)
  test(`a token server's answer ${what} is Unauthenticated`, async () => {
    await using server = await tokenRegistry({ answer: () => answer });
    await using registry = plainRegistry();
    await assert.rejects(registry.resolve(`${server.host}/app:1`), isUnauthenticated);
  });

test("the worker's requests carry the token, and a refused one is replaced", async () => {
  let valid = "token-1";
  await using server = await tokenRegistry({ valid: (token) => token === valid });
  await using registry = plainRegistry();
  const name = `${server.host}/app:1`;
  await registry.resolve(name);
  const blob = server.blob("layer");
  using file = new SinkFile();
  await registry.fetchBlob(name, blob, file.sink);
  assert.equal(server.tokens.length, 1);
  valid = "token-2";
  using other = new SinkFile();
  await registry.fetchBlob(name, blob, other.sink);
  assert.equal(server.tokens.length, 2);
  assert.equal(other.content.toString(), "layer");
});

test("a redirect to another host carries neither credentials nor configured headers", async () => {
  await using elsewhere = await FakeRegistry.start();
  await using server = await FakeRegistry.start((request, response) => {
    if (request.headers.authorization === undefined)
      response.writeHead(401, { "www-authenticate": "Basic" }).end();
    else response.writeHead(307, { location: `${elsewhere.url}${request.url}` }).end();
  });
  const blob = server.blob("layer");
  elsewhere.blob("layer");
  const manifest = elsewhere.manifest({}, MANIFEST);
  await using registry = plainRegistry({
    credentials: () => ({ username: "me", secret: "pw" }),
    headers: { "X-Secret": "s" },
  });
  const name = `${server.host}/app:1`;
  using file = new SinkFile();
  await registry.fetchBlob(name, blob, file.sink);
  await registry.fetch(name, manifest);
  for (const { headers } of elsewhere.requests) {
    assert.equal(headers.authorization, undefined);
    assert.equal(headers["x-secret"], undefined);
    assert.match(headers.accept ?? "", /\*\/\*$/);
  }
  assert.equal(elsewhere.requests.length, 2);
  assert.equal(server.requests.at(-1)?.headers["x-secret"], "s");
  assert.equal(server.requests.at(-1)?.headers.authorization, basic("me", "pw"));
});

test("a host that a redirect led to gets nobody's credentials, even when it asks", async () => {
  const asked: string[] = [];
  await using thief = await FakeRegistry.start((_request, response) =>
    response.writeHead(401, { "www-authenticate": "Basic" }).end(),
  );
  await using server = await FakeRegistry.start((request, response) =>
    response.writeHead(307, { location: `${thief.url}${request.url}` }).end(),
  );
  await using registry = plainRegistry({
    credentials: (host) => {
      asked.push(host);
      return { username: "me", secret: "pw" };
    },
  });
  await assert.rejects(registry.resolve(`${server.host}/app:1`), isUnauthenticated);
  assert.deepEqual(asked, []);
  assert.ok(thief.requests.every(({ headers }) => headers.authorization === undefined));
});

test("a host that a redirect led to may ask for an anonymous token", async () => {
  await using elsewhere = await tokenRegistry();
  await using server = await FakeRegistry.start((request, response) =>
    response.writeHead(307, { location: `${elsewhere.url}${request.url}` }).end(),
  );
  await using registry = plainRegistry({ credentials: () => ({ username: "me", secret: "pw" }) });
  await registry.resolve(`${server.host}/app:1`);
  assert.equal(elsewhere.tokens[0]?.method, "GET");
  assert.equal(elsewhere.tokens[0]?.headers.authorization, undefined);
});

for (const status of [301, 302, 303, 307, 308])
  test(`a password for a token server is not sent on where a ${status} leads`, async () => {
    await using elsewhere = await FakeRegistry.start((_request, response) => {
      response.writeHead(200, { "content-type": "application/json" }).end('{"token":"t"}');
    });
    await using server = await FakeRegistry.start((request, response) => {
      if (request.url.startsWith("/token"))
        response.writeHead(status, { location: `${elsewhere.url}/other` }).end();
      else
        response
          .writeHead(401, { "www-authenticate": `Bearer realm="${server.url}/token",service="s"` })
          .end();
    });
    await using registry = plainRegistry({ credentials: () => ({ username: "me", secret: "pass word" }) });
    await registry.resolve(`${server.host}/app:1`).catch(() => {});
    assert.ok(server.requests.some(({ body }) => body.includes("pass+word")));
    for (const { body, headers } of elsewhere.requests)
      assert.deepEqual([body, headers.authorization, headers["content-type"]], ["", undefined, undefined]);
  });

test("errors show no query of a signed address", async () => {
  await using elsewhere = await FakeRegistry.start();
  await using server = await FakeRegistry.start((_request, response) =>
    response.writeHead(307, { location: `${elsewhere.url}/blob?X-Signature=secret` }).end(),
  );
  elsewhere.behaviour = (_request, response) => response.writeHead(403).end();
  await using registry = plainRegistry();
  using file = new SinkFile();
  await assert.rejects(
    registry.fetchBlob(`${server.host}/app:1`, server.blob("x"), file.sink),
    (err) =>
      wireMessage(err) === `unexpected status from GET request to ${elsewhere.url}/blob: 403 Forbidden`,
  );
});
