import { after, before, describe, test } from "node:test";
import { startRegistry } from "@davit/test-support";
import { compare } from "./compare.ts";
import type { Driver } from "./driver.ts";
import { generationMissing, type Generation } from "./generation.ts";
import { pushImages } from "./images.ts";
import { RULES, SINCE_TWO } from "./normalise.ts";
import { comparePlugins } from "./plugin-rows.ts";
import { startContainerd, startDavitd, type Side } from "./side.ts";
import { local, type Context } from "./steps/context.ts";
import { scenariosFor } from "./steps/index.ts";

/** What is compared with containerd. `DAVIT_INTEROP_PEER=containerd` puts a second containerd there, to try out the rules. */
const startOther = process.env["DAVIT_INTEROP_PEER"] === "containerd" ? startContainerd : startDavitd;

/** Declares the tests that drive containerd and davitd with the `ctr` of one generation, and compare. */
export function ctrSuite(generation: Generation): void {
  describe(`${generation.name} at containerd and davitd`, { skip: generationMissing(generation) }, () => {
    const stack = new AsyncDisposableStack();
    let theirs: Side;
    let ours: Side;
    let context: Context;
    const rules = generation.isTwo ? RULES : [...RULES, ...SINCE_TWO];

    before(async () => {
      context = { generation, ...(await pushImages(stack.use(await startRegistry()))) };
      theirs = stack.use(await startContainerd(generation));
      ours = stack.use(await startOther(generation));
      await Promise.all([theirs, ours].map((side) => prepare(side, context)));
    });
    after(() => stack.disposeAsync());

    test("plugins that both have are the same", () => comparePlugins(theirs.ctr, ours.ctr, generation));

    for (const [group, scenarios] of Object.entries(scenariosFor(generation)))
      describe(group, () => {
        for (const [name, steps] of Object.entries(scenarios))
          test(name, () =>
            compare(name, { expected: theirs, actual: ours, rules }, async (driver) => {
              await settle(driver);
              await steps(driver, context);
            }),
          );
      });
  });
}

/** What every scenario finds: its namespace, and the image, pulled by the client and unpacked. */
async function prepare({ ctr }: Side, context: Context): Promise<void> {
  await ctr.out("namespaces", "create", ctr.options.namespace);
  await ctr.out("images", "pull", "--plain-http", ...local(context), context.image);
}

/** Has pending garbage collected now: what removed things before must not take effect between two steps. */
async function settle({ out }: Driver): Promise<void> {
  await out("leases", "create", "--id", "settle");
  await out("leases", "rm", "--sync", "settle");
}
