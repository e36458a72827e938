import assert from "node:assert/strict";
import { test } from "node:test";
import { isSecretName, redacted, redactHeaders, redactUrl } from "@davit/log";

test("names of secrets are known in every spelling", () => {
  for (const name of [
    "password",
    "Password",
    "passwd",
    "passphrase",
    "token",
    "access_token",
    "accessToken",
    "refresh-token",
    "identitytoken",
    "registry_token",
    "secret",
    "client_secret",
    "secretKey",
    "authorization",
    "Proxy-Authorization",
    "auth",
    "X-Registry-Auth",
    "cookie",
    "Set-Cookie",
    "credentials",
    "apiKey",
    "private_key",
    "X-Amz-Signature",
    "X-Amz-Security-Token",
  ])
    assert.ok(isSecretName(name), name);
});

test("names that only look alike are none", () => {
  for (const name of [
    "author",
    "key",
    "id",
    "namespace",
    "tokens_per_second",
    "authority",
    "passed",
    "digest",
    "bypass",
  ])
    assert.ok(!isSecretName(name), name);
});

test("redactHeaders() keeps names and takes secrets", () => {
  assert.deepEqual(redactHeaders({ Accept: "x", Authorization: "Bearer abc", "set-cookie": ["a=b"] }), {
    Accept: "x",
    Authorization: redacted,
    "set-cookie": redacted,
  });
});

test("redactUrl() takes user, password and secret parameters", () => {
  assert.equal(redactUrl("https://user:pw@example.com/v2/?scope=a"), "https://example.com/v2/?scope=a");
  assert.equal(
    redactUrl("https://example.com/t?token=abc&service=x"),
    "https://example.com/t?token=[redacted]&service=x",
  );
  assert.equal(
    redactUrl("https://blob.example.com/b?X-Amz-Signature=abc&sig=d%2Be&size=3"),
    "https://blob.example.com/b?X-Amz-Signature=[redacted]&sig=[redacted]&size=3",
  );
  assert.equal(redactUrl("//user:pw@host:bad/x?token=abc#f"), "//host:bad/x");
  assert.equal(redactUrl("not a url"), "not a url");
});
