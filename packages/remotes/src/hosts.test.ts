import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { test } from "node:test";
import {
  CAPABILITIES,
  parseHostsToml,
  registryHosts,
  type RegistryHost,
  type RegistryHostsOptions,
} from "@davit/remotes";
import { Scratch } from "./helpers.test.helper.ts";

/** The endpoints of `host` as `scheme://host/path`, with a `?` where plain HTTP may follow and `!` where nothing is verified. */
async function endpoints(host: string, options: RegistryHostsOptions = {}): Promise<string[]> {
  return (await registryHosts({ proxy: {}, ...options })(host)).map(shown);
}

function shown({ scheme, host, path, transport }: RegistryHost): string {
  return `${scheme}://${host}${path}${transport.plainFallback ? " ?" : ""}${transport.skipVerify ? " !" : ""}`;
}

const defaults: readonly [string, RegistryHostsOptions, string][] = [
  ["registry.example", {}, "https://registry.example/v2"],
  ["registry.example:5000", {}, "https://registry.example:5000/v2"],
  ["registry.example:80", {}, "https://registry.example:80/v2"],
  ["registry.example", { defaultScheme: "http" }, "http://registry.example/v2"],
  [
    "registry.example:5000",
    { defaultScheme: "http", skipVerify: true },
    "https://registry.example:5000/v2 ? !",
  ],
  ["registry.example", { skipVerify: true }, "https://registry.example/v2 !"],
  ["docker.io", {}, "https://registry-1.docker.io/v2"],
  ["localhost", {}, "https://localhost/v2 !"],
  ["localhost:443", {}, "https://localhost:443/v2 !"],
  ["localhost:80", {}, "http://localhost:80/v2"],
  ["localhost:5000", {}, "https://localhost:5000/v2 ? !"],
  ["127.0.0.1:5000", {}, "https://127.0.0.1:5000/v2 ? !"],
  ["127.9.9.9:5000", {}, "https://127.9.9.9:5000/v2 ? !"],
  ["[::1]:5000", {}, "https://[::1]:5000/v2 ? !"],
  ["127.0.0.1:5000", { defaultScheme: "http" }, "http://127.0.0.1:5000/v2"],
  ["127.0.0.1:5000", { defaultScheme: "https" }, "https://127.0.0.1:5000/v2"],
  ["128.0.0.1:5000", {}, "https://128.0.0.1:5000/v2"],
];

for (const [host, options, expected] of defaults)
  test(`${host} ${JSON.stringify(options)} is ${expected}`, async () => {
    assert.deepEqual(await endpoints(host, options), [expected]);
  });

function configured(files: Readonly<Record<string, string>>): Scratch {
  const scratch = new Scratch();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(`${scratch.path}/${name.replace(/\/[^/]*$/, "")}`, { recursive: true });
    scratch.write(name, content);
  }
  return scratch;
}

const matrix: readonly {
  readonly title: string;
  readonly toml: string;
  readonly expected: readonly string[];
}[] = [
  {
    title: "hosts come in the order of the file, then the server",
    toml: `server = "https://up.example"
[host."https://z.example:5000"]
[host."http://a.example"]
[host.'https://m.example/proxy']`,
    expected: [
      "https://z.example:5000/v2",
      "http://a.example/v2",
      "https://m.example/proxy/v2",
      "https://up.example/v2",
    ],
  },
  {
    title: "whole numbers as hosts keep their place",
    toml: `[host."b.example"]
[host."10"]
[host.9]
[host."a.example"]`,
    expected: [
      "https://b.example/v2",
      "https://0.0.0.10/v2",
      "https://0.0.0.9/v2",
      "https://a.example/v2",
      "https://reg.example/v2",
    ],
  },
  {
    title: "a server without scheme is https",
    toml: `server = "up.example"`,
    expected: ["https://up.example/v2"],
  },
  {
    title: "no server is the host itself",
    toml: `skip_verify = true`,
    expected: ["https://reg.example/v2 !"],
  },
  {
    title: "paths are cleaned, and /v2 is added where it is missing",
    toml: `server = "https://up.example/a//b/../c/"
[host."https://m.example/v2/"]
[host."https://n.example/x/v2"]
[host."https://o.example/"]`,
    expected: [
      "https://m.example/v2",
      "https://n.example/x/v2",
      "https://o.example/v2",
      "https://up.example/a/c/v2",
    ],
  },
  {
    title: "override_path takes the path as it is",
    toml: `server = "https://up.example/a"
override_path = true
[host."https://m.example"]
override_path = true
[host."https://n.example/x/"]
override_path = true`,
    expected: ["https://m.example", "https://n.example/x", "https://up.example/a"],
  },
  {
    title: "plain HTTP with TLS settings is tried as https first, but not on port 80 or none",
    toml: `server = "https://up.example"
[host."http://a.example:5000"]
skip_verify = true
[host."http://b.example:80"]
skip_verify = true
[host."http://c.example"]
skip_verify = false
[host."http://d.example:5000"]
skip_verify = false
[host."http://e.example:5000"]`,
    expected: [
      "https://a.example:5000/v2 ? !",
      "http://b.example/v2 !",
      "http://c.example/v2",
      "https://d.example:5000/v2 ?",
      "http://e.example:5000/v2",
      "https://up.example/v2",
    ],
  },
  { title: "an empty file is no file", toml: " \n", expected: ["https://reg.example/v2"] },
];

for (const { title, toml, expected } of matrix)
  test(`hosts.toml: ${title}`, async () => {
    using root = configured({ "reg.example/hosts.toml": toml });
    assert.deepEqual(await endpoints("reg.example", { hostsDirs: root.path }), expected);
  });

test("hosts.toml: every key reaches the endpoint", async () => {
  using root = configured({
    "reg.example/hosts.toml": `server = "https://up.example"
capabilities = ["pull", "resolve"]
dial_timeout = "1m30.5s"
[header]
  X-Root = "r"
[host."https://m.example"]
capabilities = ["pull"]
ca = "ca.pem"
client = [["c.pem", "k.pem"]]
dial_timeout = "250ms"
[host."https://m.example".header]
  x-one = "1"
  X-Two = ["2", "3"]
[host."https://n.example"]
ca = ["ca.pem", "/dev/null"]
client = ["pair.pem", "c.pem"]
`,
    "reg.example/ca.pem": "CA",
    "reg.example/c.pem": "CERT",
    "reg.example/k.pem": "KEY",
    "reg.example/pair.pem": "PAIR",
  });
  const [m, n, server] = await registryHosts({ hostsDirs: root.path, proxy: { no: "*" }, stallTimeoutMs: 7 })(
    "reg.example",
  );
  assert.deepEqual([...(m?.capabilities ?? [])], ["pull"]);
  assert.deepEqual(m?.headers, { "x-one": ["1"], "X-Two": ["2", "3"] });
  assert.deepEqual(m?.transport, {
    ca: ["CA"],
    client: [{ cert: "CERT", key: "KEY" }],
    skipVerify: false,
    dialTimeoutMs: 250,
    stallTimeoutMs: 7,
    plainFallback: false,
    proxy: { no: "*" },
  });
  assert.deepEqual(n?.transport.ca, ["CA", ""]);
  assert.deepEqual(n?.transport.client, [
    { cert: "PAIR", key: "PAIR" },
    { cert: "CERT", key: "CERT" },
  ]);
  assert.deepEqual([...(n?.capabilities ?? [])], CAPABILITIES);
  assert.equal(n?.transport.dialTimeoutMs, 30_000);
  assert.deepEqual([...(server?.capabilities ?? [])], ["pull", "resolve"]);
  assert.deepEqual(server?.headers, { "X-Root": ["r"] });
  assert.equal(server?.transport.dialTimeoutMs, 90_500);
});

const wrong: readonly [string, RegExp][] = [
  ["server = ", /Invalid TOML/],
  ["server = 5", /server: not a string/],
  ['server = "https://a b"', /Invalid URL/],
  ['server = "http+unix://x"', /neither http nor https/],
  ['capabilities = ["fly"]', /unknown capability fly/],
  ["capabilities = [1]", /capabilities: not a string/],
  ['skip_verify = "yes"', /skip_verify: not a boolean/],
  ['override_path = "yes"', /override_path: not a boolean/],
  ['dial_timeout = "soon"', /dial_timeout: invalid duration soon/],
  ["dial_timeout = 5", /dial_timeout: not a string/],
  ['ca = [["a"]]', /ca: not a string/],
  ["client = [[]]", /client: not a pair/],
  ['client = [["a", "b", "c"]]', /client: not a pair/],
  ['header = "x"', /header: not a table/],
  ["[header]\nx = 1", /header x: not a string/],
  ['host = "x"', /host: not a table/],
  ["[host]\nx = 1", /host x: not a table/],
];

for (const [toml, text] of wrong)
  test(`hosts.toml: ${JSON.stringify(toml)} is an error, and the certificates beside it are used`, async () => {
    assert.throws(() => parseHostsToml(toml, "/x/hosts.toml"), text);
    using root = configured({ "reg.example/hosts.toml": toml, "reg.example/a.crt": "A" });
    const warnings: string[] = [];
    const log = { debug: () => {}, warn: (_fields: object, message: string) => void warnings.push(message) };
    const hosts = await registryHosts({ hostsDirs: root.path, proxy: {}, log })("reg.example");
    assert.deepEqual(hosts.map(shown), ["https://reg.example/v2"]);
    assert.deepEqual(hosts[0]?.transport.ca, ["A"]);
    assert.deepEqual(warnings, [`failed to decode ${root.path}/reg.example/hosts.toml`]);
  });

test("certificates in Docker's layout configure the registry itself", async () => {
  using root = configured({
    "reg.example:5000/b.crt": "B",
    "reg.example:5000/a.crt": "A",
    "reg.example:5000/c.cert": "CERT",
    "reg.example:5000/c.key": "KEY",
    "reg.example:5000/README": "",
  });
  const [host] = await registryHosts({ hostsDirs: root.path, proxy: {} })("reg.example:5000");
  assert.deepEqual(host?.transport.ca, ["A", "B"]);
  assert.deepEqual(host?.transport.client, [{ cert: "CERT", key: "KEY" }]);
});

test("the directory of a host is named with its port, in either form, or is _default", async () => {
  const toml = (name: string): string => `server = "https://${name}.example"`;
  using first = configured({
    "reg.example_5000_/hosts.toml": toml("escaped"),
    "reg.example:5000/hosts.toml": toml("colon"),
    "other.example:5000/hosts.toml": toml("other"),
  });
  first.write("file.example", "");
  using second = configured({
    "_default/hosts.toml": toml("default"),
    "third.example/hosts.toml": toml("third"),
  });
  for (const hostsDirs of [
    `${first.path}:${second.path}`,
    [first.path, second.path],
    [`${first.path}:`, "", second.path],
  ]) {
    const of = async (host: string): Promise<string[]> => endpoints(host, { hostsDirs });
    assert.deepEqual(await of("reg.example:5000"), ["https://escaped.example/v2"]);
    assert.deepEqual(await of("other.example:5000"), ["https://other.example/v2"]);
    assert.deepEqual(await of("reg.example"), ["https://default.example/v2"]);
    assert.deepEqual(await of("file.example"), ["https://default.example/v2"]);
    assert.deepEqual(await of("third.example"), ["https://third.example/v2"]);
    assert.deepEqual(await of(".."), ["https://default.example/v2"]);
  }
  assert.deepEqual(await endpoints("reg.example", { hostsDirs: "/nonexistent" }), ["https://reg.example/v2"]);
});

test("a certificate that cannot be read is an error that names it", async () => {
  using root = configured({ "reg.example/hosts.toml": 'ca = "absent.pem"' });
  await assert.rejects(endpoints("reg.example", { hostsDirs: root.path }), /absent\.pem/);
});
