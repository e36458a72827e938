import assert from "node:assert/strict";
import { test } from "node:test";
import { GcPlugin, type GcScheduler } from "@davit/gc";
import { definePlugin, optional, pluginType, startPlugins } from "@davit/plugin";

const Waiter = pluginType<{ readonly scheduler: GcScheduler | undefined }>("x.waiter.v1");
const waiter = definePlugin({
  type: Waiter,
  id: "one",
  requires: { scheduler: optional(GcPlugin) },
  init: (_, { scheduler }) => ({ scheduler }),
});

test("a scheduler is injected where there is one, and may be absent", async () => {
  const places = { root: "/nonexistent/root", state: "/nonexistent/state" };
  await using without = await startPlugins({ ...places, plugins: [waiter] });
  assert.equal(without.lookUp(Waiter).scheduler, undefined);
  const instance: GcScheduler = { scheduleAndWait: async () => undefined };
  const scheduler = definePlugin({ type: GcPlugin, id: "scheduler", init: () => instance });
  await using having = await startPlugins({ ...places, plugins: [waiter, scheduler] });
  assert.equal(having.lookUp(Waiter).scheduler, instance);
});
