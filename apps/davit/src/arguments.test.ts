import assert from "node:assert/strict";
import { test } from "node:test";
import { collect, collectLabel, parseCredentials } from "./arguments.ts";
import { parseMount } from "./mount-argument.ts";

test("a mount as ctr writes it", () => {
  assert.deepEqual(parseMount("type=tmpfs,src=tmpfs,dst=/run,options=nosuid:size=64k"), {
    destination: "/run",
    type: "tmpfs",
    source: "tmpfs",
    options: ["nosuid", "size=64k"],
  });
  assert.deepEqual(parseMount("type=bind,source=/a,destination=/b,options=rbind:ro"), {
    destination: "/b",
    type: "bind",
    source: "/a",
    options: ["rbind", "ro"],
  });
});

test("a mount as Docker writes it", () => {
  const expected = { destination: "/b", type: "bind", source: "/a", options: ["rbind", "ro"] };
  assert.deepEqual(parseMount("src=/a,dst=/b,ro"), expected);
  assert.deepEqual(parseMount("type=bind,source=/a,target=/b,readonly"), expected);
});

test("a part of a mount in quotes may hold commas and quotes", () => {
  assert.equal(parseMount('"src=/a,b ""c""",dst=/b').source, '/a,b "c"');
});

test("a mount that is none says why", () => {
  for (const [text, reason] of [
    ["src=/a", /needs dst=/],
    ["src=/a,dst=b", /absolute path/],
    ["dst=/b", /needs src=/],
    ["src=a,dst=/b", /absolute path on the host/],
    ["src=/a,dst=/b,what", /expected key=val, got "what"/],
    ["src=/a,dst=/b,size=5", /option "size" not supported/],
    ['src=/a,"dst=/b', /Unbalanced quotes/],
  ] as const)
    assert.throws(() => parseMount(text), reason, text);
});

test("repeated options add up", () => {
  assert.deepEqual(collect("b", collect("a", undefined)), ["a", "b"]);
  assert.deepEqual(collectLabel("a=2", collectLabel("b=c=d", { a: "1" })), { a: "2", b: "c=d" });
  assert.deepEqual(collectLabel("empty=", undefined), { empty: "" });
  assert.throws(() => collectLabel("nothing", undefined), /key=value/);
});

test("a password may hold colons", () => {
  assert.deepEqual(parseCredentials("ali:open:sesame"), { username: "ali", password: "open:sesame" });
  assert.throws(() => parseCredentials("ali"), /user:password/);
});
