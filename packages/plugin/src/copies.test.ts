// npm may install one package twice. Copies must agree, or plugins would silently not find each other.
import assert from "node:assert/strict";
import { copyFileSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import * as kernel from "@davit/plugin";
import { start } from "./testing/plugins.ts";

const dir = mkdtempSync(join(import.meta.dirname, "copies-"));
after(() => rmSync(dir, { recursive: true }));
const load = <T>(file: string): Promise<T> => import(pathToFileURL(join(dir, file)).href) as Promise<T>;

interface Store {
  read(): string;
}
interface StorePackage {
  readonly StorePlugin: kernel.PluginType<Store>;
}

test("two copies of an interface package agree", async () => {
  const source = `import { pluginType } from "@davit/plugin"; export const StorePlugin = pluginType("test.store.v1");`;
  for (const name of ["one.mjs", "two.mjs"]) writeFileSync(join(dir, name), source);
  const [one, two] = await Promise.all([load<StorePackage>("one.mjs"), load<StorePackage>("two.mjs")]);
  const Out: kernel.PluginType<string> = kernel.pluginType("test.out.v1");
  await using set = await start([
    kernel.definePlugin({ type: one.StorePlugin, id: "x", init: () => ({ read: () => "of one copy" }) }),
    kernel.definePlugin({
      type: Out,
      id: "x",
      requires: { s: two.StorePlugin },
      init: (_, { s }) => s.read(),
    }),
  ]);
  assert.equal(set.lookUp(Out), "of one copy");
});

test("what a plugin declares with another copy of the kernel can be loaded, skips included", async () => {
  mkdirSync(join(dir, "kernel"));
  for (const file of globSync("*.js", { cwd: import.meta.dirname }))
    copyFileSync(join(import.meta.dirname, file), join(dir, "kernel", file));
  const copy = await load<typeof kernel>("kernel/index.js");
  assert.notEqual(copy.definePlugin, kernel.definePlugin);
  const Type: kernel.PluginType<string> = kernel.pluginType("test.out.v1");
  class Decorated implements kernel.Plugin<string> {
    readonly #other: string;
    constructor(other: string) {
      this.#other = other;
    }
    init(): string {
      return `decorated, given ${this.#other}`;
    }
  }
  const Source: kernel.PluginType<string> = kernel.pluginType("test.source.v1");
  copy.requires(Source)(Decorated, undefined, 0);
  copy.plugin({ type: Type, id: "class" })(Decorated);
  await using set = await start([
    Decorated,
    copy.definePlugin({ type: Source, id: "object", init: () => "an instance" }),
    copy.definePlugin({
      type: Type,
      id: "skips",
      init: () => Promise.reject(new copy.SkipPluginError("no")),
    }),
  ]);
  assert.equal(set.lookUp(kernel.one(Type, "class")), "decorated, given an instance");
  assert.equal(set.get("test.out.v1.skips")?.state, "skipped");
});
