import assert from "node:assert/strict";
import { test } from "node:test";
import { isCanceled } from "@davit/errdefs";
import { streamPair } from "@davit/streaming";

const message = (typeUrl: string) => ({ typeUrl, value: new Uint8Array() });

test("what one end sends the other receives, in order", async () => {
  const [here, there] = streamPair();
  const sends = ["a", "b"].map((name) => here.send(message(name)));
  // Two at once get one each.
  const [first, second] = await Promise.all([there.recv(), there.recv()]);
  assert.deepEqual([first?.typeUrl, second?.typeUrl], ["a", "b"]);
  void there.recv(); // asks for more, by which the last counts as sent
  await Promise.all(sends);
});

test("a closed end sends no more, and may go on receiving", async () => {
  const [here, there] = streamPair();
  await here.close();
  await here.close();
  assert.equal(await there.recv(), undefined);
  void there.send(message("late"));
  assert.equal((await here.recv())?.typeUrl, "late");
});

test("an end that is given up ends the other's sends and receives", async () => {
  const [here, there] = streamPair();
  const send = assert.rejects(there.send(message("a")), isCanceled);
  const recv = there.recv();
  await here[Symbol.asyncDispose]();
  await send;
  assert.equal(await recv, undefined);
  await assert.rejects(here.send(message("b")), isCanceled);
});
