import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import { test } from "node:test";
import { isFailedPrecondition, isInvalidArgument, wireMessage } from "@davit/errdefs";
import { dockerCredentials, type Credentials } from "@davit/remotes";
import { Scratch } from "./helpers.test.helper.ts";

const auth = (text: string): { auth: string } => ({ auth: Buffer.from(text).toString("base64") });

async function ask(config: unknown, host: string): Promise<Credentials | undefined> {
  using scratch = new Scratch();
  const file = scratch.write("config.json", typeof config === "string" ? config : JSON.stringify(config));
  return await dockerCredentials({ file })(host, []);
}

test("credentials are found by host, and Docker Hub's under its old name", async () => {
  const config = {
    auths: {
      "registry.example:5000": auth("me:p:w"),
      "https://old.example/v1/": auth("old:pw"),
      "https://index.docker.io/v1/": auth("hub:pw"),
      "token.example": { ...auth("x:y"), identitytoken: "id" },
      "plain.example": { username: "a", password: "b" },
      "empty.example": {},
    },
  };
  assert.deepEqual(await ask(config, "registry.example:5000"), { username: "me", secret: "p:w" });
  assert.deepEqual(await ask(config, "old.example"), { username: "old", secret: "pw" });
  assert.deepEqual(await ask(config, "registry-1.docker.io"), { username: "hub", secret: "pw" });
  assert.deepEqual(await ask(config, "token.example"), { refreshToken: "id" });
  assert.deepEqual(await ask(config, "plain.example"), { username: "a", secret: "b" });
  assert.equal(await ask(config, "empty.example"), undefined);
  assert.equal(await ask(config, "other.example"), undefined);
});

test("without a file everything is anonymous; a malformed one is an error that quotes nothing", async () => {
  assert.equal(
    await dockerCredentials({ file: "/nonexistent/config.json" })("registry.example", []),
    undefined,
  );
  assert.equal(await ask({}, "registry.example"), undefined);
  for (const text of ['{"auths":{"a":{"auth":"c2VjcmV0"', "[]"])
    await assert.rejects(
      ask(text, "registry.example"),
      (err) =>
        isInvalidArgument(err) &&
        /config\.json is not a JSON object/.test(wireMessage(err)) &&
        !/c2Vj/.test(wireMessage(err)),
    );
});

test("helpers are asked, that of the host first", async () => {
  using scratch = new Scratch();
  const helper = scratch.write(
    "docker-credential-test",
    `#!/bin/sh
read server
case "$1 $server" in
"get registry.example") echo '{"ServerURL":"x","Username":"me","Secret":"pw"}' ;;
"get token.example") echo '{"Username":"<token>","Secret":"id"}' ;;
"get broken.example") echo 'secret' ;;
"get half.example") echo '{"Username":"me"}' ;;
"get locked.example") echo 'keychain is locked'; exit 1 ;;
*) echo 'credentials not found in native keychain'; exit 1 ;;
esac
`,
  );
  chmodSync(helper, 0o755);
  const path = process.env["PATH"];
  process.env["PATH"] = `${scratch.path}:${path}`;
  try {
    const config = {
      credsStore: "test",
      credHelpers: { "special.example": "absent", "odd.example": "../x" },
      auths: { "stored.example": auth("a:b") },
    };
    assert.deepEqual(await ask(config, "registry.example"), { username: "me", secret: "pw" });
    assert.deepEqual(await ask(config, "token.example"), { refreshToken: "id" });
    assert.deepEqual(await ask(config, "stored.example"), { username: "a", secret: "b" });
    assert.equal(await ask(config, "other.example"), undefined);
    const fails = async (host: string, text: RegExp): Promise<void> =>
      assert.rejects(ask(config, host), (err) => isFailedPrecondition(err) && text.test(wireMessage(err)));
    await fails("broken.example", /^docker-credential-test get: its answer is no JSON/);
    await fails("half.example", /no user name and secret in its answer/);
    await fails("locked.example", /keychain is locked/);
    await fails("special.example", /docker-credential-absent get: spawn docker-credential-absent ENOENT/);
    await assert.rejects(ask(config, "odd.example"), isInvalidArgument);
  } finally {
    process.env["PATH"] = path;
  }
});
