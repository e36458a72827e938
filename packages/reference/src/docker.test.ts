import assert from "node:assert/strict";
import { test } from "node:test";
import { isInvalidArgument, wireMessage } from "@davit/errdefs";
import { familiarDockerReference, normalizeDockerReference } from "@davit/reference";

const hex = "abcdef0123456789".repeat(4);

/** As typed, in full, and the short form. */
const rows: readonly [string, string, string][] = [
  ["alpine", "docker.io/library/alpine:latest", "alpine:latest"],
  ["alpine:3", "docker.io/library/alpine:3", "alpine:3"],
  ["docker.io/alpine", "docker.io/library/alpine:latest", "alpine:latest"],
  ["index.docker.io/library/alpine", "docker.io/library/alpine:latest", "alpine:latest"],
  ["user/app", "docker.io/user/app:latest", "user/app:latest"],
  ["library/sub/app:1", "docker.io/library/sub/app:1", "library/sub/app:1"],
  ["localhost/app", "localhost/app:latest", "localhost/app:latest"],
  ["localhost:5000/app:1", "localhost:5000/app:1", "localhost:5000/app:1"],
  ["[::1]:5000/app", "[::1]:5000/app:latest", "[::1]:5000/app:latest"],
  ["quay.io/a/b_c__d.e--f", "quay.io/a/b_c__d.e--f:latest", "quay.io/a/b_c__d.e--f:latest"],
  ["HOST/app", "HOST/app:latest", "HOST/app:latest"],
  [`alpine@sha256:${hex}`, `docker.io/library/alpine@sha256:${hex}`, `alpine@sha256:${hex}`],
  [`alpine:3@sha256:${hex}`, `docker.io/library/alpine:3@sha256:${hex}`, `alpine:3@sha256:${hex}`],
  [`alpine:${hex}`, `docker.io/library/alpine:${hex}`, `alpine:${hex}`],
];

for (const [typed, full, short] of rows) {
  test(`${typed} is ${full}`, () => {
    assert.equal(normalizeDockerReference(typed), full);
    assert.equal(normalizeDockerReference(full), full);
    assert.equal(familiarDockerReference(full), short);
    assert.equal(normalizeDockerReference(short), full);
  });
}

const invalid: readonly [string, string][] = [
  [hex, `invalid repository name (${hex}), cannot specify 64-byte hexadecimal strings`],
  ["Alpine", "invalid reference format: repository name (library/Alpine) must be lowercase"],
  ["quay.io/A:1", "invalid reference format: repository name (A) must be lowercase"],
  ["", 'invalid reference format: ""'],
  [":1", 'invalid reference format: ":1"'],
  ["alpine:", 'invalid reference format: "alpine:"'],
  ["alpine:-x", 'invalid reference format: "alpine:-x"'],
  [`alpine:${"x".repeat(129)}`, `invalid reference format: "alpine:${"x".repeat(129)}"`],
  ["alpine@", 'invalid reference format: "alpine@"'],
  ["alpine@sha256:abc", 'invalid reference format: "alpine@sha256:abc"'],
  ["a//b", 'invalid reference format: "a//b"'],
  ["-a", 'invalid reference format: "-a"'],
  ["a___b", 'invalid reference format: "a___b"'],
  ["http://quay.io/a", 'invalid reference format: "http://quay.io/a"'],
  ["-bad.com/a", 'invalid reference format: "-bad.com/a"'],
  ["a b", 'invalid reference format: "a b"'],
  [`quay.io/${"a".repeat(256)}`, "repository name must not be more than 255 characters"],
];

for (const [typed, text] of invalid) {
  test(`normalizeDockerReference(${JSON.stringify(typed.slice(0, 40))}) is InvalidArgument`, () => {
    assert.throws(
      () => normalizeDockerReference(typed),
      (err) => {
        assert.equal(wireMessage(err), `${text}: invalid argument`);
        return isInvalidArgument(err);
      },
    );
  });
}

test("a digest must be one that is supported", () => {
  for (const digest of [`md5:${"a".repeat(32)}`, `sha256:${"a".repeat(63)}`, `sha256:${"A".repeat(64)}`])
    assert.throws(() => normalizeDockerReference(`alpine@${digest}`), isInvalidArgument, digest);
});

test("a short form that would be read otherwise stays long", () => {
  for (const full of ["docker.io/a.b/c:1", "docker.io/localhost/c:1", "docker.io/", "quay.io/library/a:1"])
    assert.equal(familiarDockerReference(full), full);
});
