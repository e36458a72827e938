import assert from "node:assert/strict";
import { test } from "node:test";
import { Outbox } from "./outbox.ts";

test("messages come in order, before and while they are asked for, up to the end", async () => {
  const outbox = new Outbox<number>();
  outbox.push(1);
  setTimeout(() => {
    outbox.push(2);
    outbox.push(3);
    outbox.end();
    outbox.push(4);
  }, 5);
  assert.deepEqual(await Array.fromAsync(outbox), [1, 2, 3]);
});
