import assert from "node:assert/strict";
import { test } from "node:test";
import {
  algorithmOf,
  algorithms,
  canonical,
  chainId,
  chainIds,
  Digester,
  digestFromHex,
  digestOf,
  digestOfStream,
  encodedOf,
  isAlgorithm,
  isDigest,
  parseDigest,
  verifier,
  type Digest,
} from "@davit/digest";
import { isInvalidArgument, wireMessage } from "@davit/errdefs";

const hello = new TextEncoder().encode("hello");
const helloDigest = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
const hex = "0123456789abcdef".repeat(8);

const invalid: readonly [string, string][] = [
  ["", "invalid checksum digest format"],
  ["x", "invalid checksum digest format"],
  [":abc", "invalid checksum digest format"],
  ["sha256:", "invalid checksum digest format"],
  ["SHA256:abc", "invalid checksum digest format"],
  ["md5:a/b", "invalid checksum digest format"],
  ["md5:d41d8cd98f00b204e9800998ecf8427e", "unsupported digest algorithm"],
  ["sha256+b64u:LCa0a2j_xo_5m0U8HTBBNBNCLXBkg7-g-YpeiGJm564", "unsupported digest algorithm"],
  ["toString:abc", "invalid checksum digest format"],
  ["constructor:abc", "unsupported digest algorithm"],
  ["sha256:abc", "invalid checksum digest length"],
  [`sha256:${hex.slice(0, 65)}`, "invalid checksum digest length"],
  [`sha512:${hex.slice(0, 64)}`, "invalid checksum digest length"],
  [`sha256:${hex.slice(0, 63)}G`, "invalid checksum digest format"],
  [`sha256:${hex.slice(0, 64).toUpperCase()}`, "invalid checksum digest format"],
  [`sha256:${hex.slice(0, 63)}\n`, "invalid checksum digest format"],
  [`sha256:../${hex.slice(0, 61)}`, "invalid checksum digest format"],
];

for (const [text, message] of invalid) {
  test(`parseDigest(${JSON.stringify(text)}) says ${message}`, () => {
    assert.throws(
      () => parseDigest(text),
      (err) => isInvalidArgument(err) && wireMessage(err) === message,
    );
    assert.equal(isDigest(text), false);
  });
}

test("a valid digest of each algorithm is taken apart and joined", () => {
  for (const [algorithm, length] of [
    ["sha256", 64],
    ["sha384", 96],
    ["sha512", 128],
  ] as const) {
    const digest = parseDigest(`${algorithm}:${hex.slice(0, length)}`);
    assert.ok(isDigest(digest));
    assert.equal(algorithmOf(digest), algorithm);
    assert.equal(encodedOf(digest), hex.slice(0, length));
    assert.equal(digestFromHex(algorithm, encodedOf(digest)), digest);
  }
  assert.throws(() => digestFromHex("sha256", "abc"), isInvalidArgument);
});

test("the canonical algorithm is sha256, and three are supported", () => {
  assert.equal(canonical, "sha256");
  assert.deepEqual(algorithms, ["sha256", "sha384", "sha512"]);
  assert.ok(isAlgorithm("sha384"));
  assert.ok(!isAlgorithm("md5"));
});

test("digestOf() hashes bytes and UTF-8 text", () => {
  assert.equal(digestOf(hello), helloDigest);
  assert.equal(digestOf("hello"), helloDigest);
  assert.equal(digestOf(""), "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  assert.ok(isDigest(digestOf(hello, "sha384")));
  assert.ok(isDigest(digestOf(hello, "sha512")));
});

test("a digester tells the digest so far, and goes on", () => {
  const digester = new Digester();
  assert.equal(digester.digest(), digestOf(""));
  digester.update(hello.subarray(0, 3));
  assert.equal(digester.digest(), digestOf("hel"));
  assert.equal(digester.update(hello.subarray(3)).digest(), helloDigest);
  assert.equal(digester.algorithm, "sha256");
  assert.equal(new Digester("sha512").update(hello).digest(), digestOf(hello, "sha512"));
});

test("digestOfStream() hashes chunks as they come", async () => {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield hello.subarray(0, 2);
    yield hello.subarray(2);
  }
  assert.equal(await digestOfStream(chunks()), helloDigest);
  assert.equal(await digestOfStream([hello], "sha512"), digestOf(hello, "sha512"));
});

test("a verifier accepts the promised bytes only", () => {
  const check = verifier(parseDigest(helloDigest));
  assert.equal(check.verified(), false);
  assert.equal(check.update(hello).verified(), true);
  assert.equal(check.update(hello).verified(), false);
});

const diffIds: readonly Digest[] = [
  parseDigest("sha256:4fbec69b941195fd56f8212a5000e304129451d82efca94ff0e0fb2d5355472e"),
  parseDigest("sha256:77ea7eee3d80b1a38f83906dd3048e2689457eb90e18a7d12f839c5ae37106a2"),
  parseDigest("sha256:95cf1a2e1698fe3ca1fcc3f653119146b271d0b62e487ec264441e886a11bd06"),
];

test("chain IDs are those of the reference", () => {
  assert.deepEqual(chainIds(diffIds), [
    "sha256:4fbec69b941195fd56f8212a5000e304129451d82efca94ff0e0fb2d5355472e",
    "sha256:ef232af0eb422cdfd7917631657cd8ed2bfd5b9461b37c427aa0d3e0a19adf79",
    "sha256:7ad3896338947cc04ee0b35b50d400ff32538d63f42f85ec87feac78bf71a54d",
  ]);
  assert.equal(chainId(diffIds), "sha256:7ad3896338947cc04ee0b35b50d400ff32538d63f42f85ec87feac78bf71a54d");
});

test("no layers have no chain ID", () => {
  assert.deepEqual(chainIds([]), []);
  assert.equal(chainId([]), "");
});
