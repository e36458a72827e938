import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer, request as httpRequest } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { test } from "node:test";
import { isUnavailable } from "@davit/errdefs";
import { proxyFromEnvironment, Registry, registryHosts, transportSettings } from "@davit/remotes";
import { FakeRegistry } from "./fake-registry.test.helper.ts";
import { Scratch, SinkFile, TestClock } from "./helpers.test.helper.ts";
import { proxyFor } from "./http/proxy.ts";

const http = "http://proxy.example:3128";
const https = "http://secure.example:3128";

const choices: readonly [string, string, string | undefined][] = [
  ["http://registry.example/v2", "", http],
  ["https://registry.example/v2", "", https],
  ["https://localhost:5000", "", undefined],
  ["https://127.1.2.3:5000", "", undefined],
  ["https://[::1]:5000", "", undefined],
  ["https://registry.example", "*", undefined],
  ["https://registry.example", "other.example, example", undefined],
  ["https://registry.example", "registry.example", undefined],
  ["https://registry.example", "REGISTRY.example:443", undefined],
  ["https://registry.example", "registry.example:5000", https],
  ["https://registry.example:5000", "registry.example:5000", undefined],
  ["https://a.registry.example", ".registry.example", undefined],
  ["https://registry.example", ".registry.example", https],
  ["https://registry.example", "*.example", undefined],
  ["https://myregistry.example", "registry.example", https],
  ["https://10.1.2.3", "10.0.0.0/8", undefined],
  ["https://11.1.2.3", "10.0.0.0/8", https],
  ["https://10.1.2.3", "10.1.2.3", undefined],
  ["https://10.1.2.3:5000", "10.1.2.3:5000", undefined],
  ["https://10.1.2.3", "10.0.0.0/99", https],
  ["https://registry.example", "10.0.0.0/8", https],
  ["https://[fd00::1]", "fd00::/8", undefined],
];

for (const [url, no, expected] of choices)
  test(`${url} with NO_PROXY=${no} goes ${expected === undefined ? "directly" : `by ${expected}`}`, () => {
    assert.equal(proxyFor(new URL(url), { http, https, no }), expected);
  });

test("the environment is read in upper and in lower case", () => {
  assert.deepEqual(
    proxyFromEnvironment({ HTTP_PROXY: "a", http_proxy: "b", https_proxy: "c", NO_PROXY: "d" }),
    {
      http: "a",
      https: "c",
      no: "d",
    },
  );
  assert.deepEqual(proxyFromEnvironment({ HTTPS_PROXY: "" }), {
    http: undefined,
    https: undefined,
    no: undefined,
  });
  assert.equal(proxyFor(new URL("http://x.example"), { http: "proxy.example:1" }), "http://proxy.example:1");
  assert.equal(proxyFor(new URL("https://x.example"), { http }), undefined);
  assert.deepEqual(transportSettings({ proxy: {} }).proxy, {});
});

/** A proxy that leads everything to one address, and remembers what it was asked. */
async function startProxy(
  target: string,
): Promise<AsyncDisposable & { url: string; asked: string[]; headers: object[] }> {
  const asked: string[] = [];
  const headers: object[] = [];
  const sockets = new Set<Socket>();
  const [host = "", port = ""] = target.split(":");
  const proxy = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    headers.push(request.headers);
    const { pathname, search } = new URL(request.url ?? "");
    const onward = httpRequest(
      { host, port, path: pathname + search, method: request.method ?? "", headers: request.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 0, answer.headers);
        answer.pipe(response);
      },
    );
    request.pipe(onward);
  });
  proxy.on("connection", (socket: Socket) => sockets.add(socket));
  proxy.on("connect", (request, socket: Socket) => {
    asked.push(`CONNECT ${request.url}`);
    headers.push(request.headers);
    const onward = connect(Number(port), host, () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      onward.pipe(socket).pipe(onward);
    });
    for (const each of [socket, onward]) each.on("error", () => {});
    sockets.add(onward);
  });
  proxy.listen(0, "127.0.0.1");
  await new Promise((resolve) => proxy.once("listening", resolve));
  return {
    url: `http://me:p%20w@127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    asked,
    headers,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";

test("plain HTTP goes through a proxy as such, on both threads", async () => {
  await using server = await FakeRegistry.start();
  await using proxy = await startProxy(server.host);
  await using registry = new Registry({
    hosts: registryHosts({ defaultScheme: "http", proxy: { http: proxy.url } }),
    clock: new TestClock(),
  });
  server.manifest({}, MANIFEST, "1");
  await registry.resolve("reg.example/app:1");
  using file = new SinkFile();
  const blob = server.blob("layer");
  await registry.fetchBlob("reg.example/app:1", blob, file.sink);
  assert.equal(file.content.toString(), "layer");
  assert.deepEqual(proxy.asked, [
    "HEAD http://reg.example/v2/app/manifests/1",
    `GET http://reg.example/v2/app/blobs/${blob.digest}`,
  ]);
  assert.equal(server.requests[0]?.headers.host, "reg.example");
});

test(
  "https goes through a tunnel",
  { skip: spawnSync("openssl", ["version"]).status === 0 ? false : "needs openssl" },
  async () => {
    using pki = new Scratch();
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "key"];
    const subject = ["-subj", "/CN=reg.example", "-addext", "subjectAltName=DNS:reg.example"];
    const made = spawnSync("openssl", ["req", "-x509", ...key, ...subject, "-days", "2", "-out", "crt"], {
      cwd: pki.path,
    });
    assert.equal(made.status, 0, made.stderr.toString());
    const tls = {
      key: readFileSync(`${pki.path}/key`, "utf8"),
      cert: readFileSync(`${pki.path}/crt`, "utf8"),
    };
    await using server = await FakeRegistry.start(undefined, tls);
    await using proxy = await startProxy(server.host);
    const hosts = registryHosts({ proxy: { https: proxy.url } });
    await using registry = new Registry({
      clock: new TestClock(),
      hosts: async (host) =>
        (await hosts(host)).map((each) => ({ ...each, transport: { ...each.transport, ca: [tls.cert] } })),
    });
    server.manifest({}, MANIFEST, "1");
    await registry.resolve("reg.example/app:1");
    assert.deepEqual(proxy.asked, ["CONNECT reg.example:443"]);
    assert.deepEqual(
      (proxy.headers[0] as Record<string, string>)["proxy-authorization"],
      `Basic ${Buffer.from("me:p w").toString("base64")}`,
    );
    // The certificate is checked through the tunnel as well.
    await using distrustful = new Registry({ hosts, clock: new TestClock() });
    await assert.rejects(distrustful.resolve("reg.example/app:1"), isUnavailable);
  },
);
