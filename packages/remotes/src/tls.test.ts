import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { after, test } from "node:test";
import { isUnavailable, wireMessage } from "@davit/errdefs";
import { Registry, registryHosts } from "@davit/remotes";
import { FakeRegistry } from "./fake-registry.test.helper.ts";
import { Scratch, SinkFile, TestClock } from "./helpers.test.helper.ts";

const skip = spawnSync("openssl", ["version"]).status === 0 ? false : "needs openssl";
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const pki = new Scratch();
after(() => pki[Symbol.dispose]());

/** A certificate authority, and certificates of it for 127.0.0.1 and for a client. */
function makeCertificates(): void {
  const openssl = (...args: string[]): void => {
    const { status, stderr } = spawnSync("openssl", args, { cwd: pki.path, encoding: "utf8" });
    assert.equal(status, 0, stderr);
  };
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl(
    "req",
    "-x509",
    ...key,
    "-keyout",
    "ca.key",
    "-out",
    "ca.crt",
    "-subj",
    "/CN=test ca",
    "-days",
    "2",
  );
  pki.write("san.cnf", "subjectAltName=IP:127.0.0.1\n");
  for (const name of ["server", "client"]) {
    openssl("req", ...key, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`);
    const sign = [
      "-CA",
      "ca.crt",
      "-CAkey",
      "ca.key",
      "-CAcreateserial",
      "-extfile",
      "san.cnf",
      "-days",
      "2",
    ];
    openssl("x509", "-req", "-in", `${name}.csr`, ...sign, "-out", `${name}.crt`);
  }
}
if (!skip) makeCertificates();

const pem = (name: string): string => readFileSync(`${pki.path}/${name}`, "utf8");

const serverTls = (more: { requestCert?: boolean } = {}): Parameters<typeof FakeRegistry.start>[1] => ({
  key: pem("server.key"),
  cert: pem("server.crt"),
  ca: pem("ca.crt"),
  ...more,
});

function registryWith(scratch: Scratch, toml: string): Registry {
  mkdirSync(`${scratch.path}/_default`);
  scratch.write("_default/hosts.toml", toml);
  return new Registry({
    hosts: registryHosts({ hostsDirs: scratch.path, proxy: {} }),
    clock: new TestClock(),
  });
}

test("an unknown authority is refused, and named as the reason", { skip }, async () => {
  await using server = await FakeRegistry.start(undefined, serverTls());
  using scratch = new Scratch();
  await using registry = registryWith(scratch, `server = "${server.url}"`);
  await assert.rejects(
    registry.resolve("reg.example/app:1"),
    (err) =>
      isUnavailable(err) && /unable to verify the first certificate|self.signed/.test(wireMessage(err)),
  );
  assert.deepEqual(server.asked, []);
});

for (const [title, toml] of [
  ["with the authority in ca", () => `ca = "${pki.path}/ca.crt"`],
  ["with skip_verify", () => "skip_verify = true"],
] as const)
  test(`https ${title}, on both threads`, { skip }, async () => {
    await using server = await FakeRegistry.start(undefined, serverTls());
    using scratch = new Scratch();
    await using registry = registryWith(scratch, `server = "${server.url}"\n${toml()}`);
    const descriptor = server.manifest({}, MANIFEST, "1");
    assert.deepEqual((await registry.resolve("reg.example/app:1")).descriptor, descriptor);
    using file = new SinkFile();
    await registry.fetchBlob("reg.example/app:1", server.blob("layer"), file.sink);
    assert.equal(file.content.toString(), "layer");
  });

test("a client certificate is shown where it is asked for", { skip }, async () => {
  const authorized: unknown[] = [];
  await using server = await FakeRegistry.start(
    (request) => {
      authorized.push((request.socket as unknown as { authorized?: boolean }).authorized);
    },
    serverTls({ requestCert: true }),
  );
  using scratch = new Scratch();
  const tls = `ca = "${pki.path}/ca.crt"\nclient = [["${pki.path}/client.crt", "${pki.path}/client.key"]]`;
  await using registry = registryWith(scratch, `server = "${server.url}"\n${tls}`);
  server.manifest({}, MANIFEST, "1");
  await registry.resolve("reg.example/app:1");
  using file = new SinkFile();
  await registry.fetchBlob("reg.example/app:1", server.blob("layer"), file.sink);
  assert.deepEqual(authorized, [true, true]);
});

test("a registry on this machine is tried as https, unverified", { skip }, async () => {
  await using server = await FakeRegistry.start(undefined, serverTls());
  await using registry = new Registry({ hosts: registryHosts({ proxy: {} }) });
  server.manifest({}, MANIFEST, "1");
  await registry.resolve(`${server.host}/app:1`);
});

test("a registry on this machine that speaks plain HTTP is found out, on both threads, with credentials", async () => {
  await using server = await FakeRegistry.start((request, response) => {
    if (request.headers.authorization === undefined)
      response.writeHead(401, { "www-authenticate": "Basic" }).end();
    else if (request.url.includes("/moved"))
      response.writeHead(307, { location: `${server.url}/v2/app/manifests/1` }).end();
  });
  await using registry = new Registry({
    hosts: registryHosts({ proxy: {} }),
    clock: new TestClock(),
    credentials: () => ({ username: "a", secret: "b" }),
  });
  const descriptor = server.manifest({}, MANIFEST, "1");
  const name = `${server.host}/app:moved`;
  assert.deepEqual((await registry.resolve(name)).descriptor, descriptor);
  using file = new SinkFile();
  await registry.fetchBlob(name, server.blob("layer"), file.sink);
  assert.equal(file.content.toString(), "layer");
});

test("https that redirects to plain HTTP takes no credentials along", { skip }, async () => {
  await using plain = await FakeRegistry.start();
  await using server = await FakeRegistry.start((request, response) => {
    if (request.headers.authorization === undefined)
      response.writeHead(401, { "www-authenticate": "Basic" }).end();
    else response.writeHead(307, { location: `${plain.url}${request.url}` }).end();
  }, serverTls());
  using scratch = new Scratch();
  mkdirSync(`${scratch.path}/_default`);
  scratch.write("_default/hosts.toml", `server = "${server.url}"\nskip_verify = true\n`);
  await using registry = new Registry({
    hosts: registryHosts({ hostsDirs: scratch.path, proxy: {} }),
    credentials: () => ({ username: "a", secret: "b" }),
  });
  plain.manifest({}, MANIFEST, "1");
  await registry.resolve("reg.example/app:1");
  assert.equal(plain.requests[0]?.headers.authorization, undefined);
});
