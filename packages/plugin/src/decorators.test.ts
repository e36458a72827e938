import assert from "node:assert/strict";
import { test } from "node:test";
import {
  plugin,
  pluginRef,
  pluginType,
  registrationOf,
  requires,
  requiresAll,
  requiresOne,
  requiresOptional,
  type InitContext,
  type Plugin,
  type PluginRef,
  type PluginType,
} from "@davit/plugin"; // Before tsyringe, which refuses to load without reflect-metadata.
import { container } from "tsyringe";
import { errorOf, start } from "./testing/plugins.ts";

interface Store {
  read(): string;
}
interface Index {
  count(): number;
}
const StorePlugin: PluginType<Store> = pluginType("test.store.v1");
const IndexService: PluginRef<Index> = pluginRef("test.service.v1", "index");
const ReportPlugin: PluginType<string> = pluginType("test.report.v1");

@plugin({
  type: StorePlugin,
  id: "disk",
  capabilities: ["fast"],
  platforms: ["linux/amd64"],
  aliases: ["file"],
})
class DiskStore implements Plugin<Store> {
  init(): Store {
    return { read: () => "disk" };
  }
}

@plugin({ ...IndexService })
class IndexPlugin implements Plugin<Index> {
  readonly #store: Store;
  constructor(@requires(StorePlugin) store: Store) {
    this.#store = store;
  }
  init(): Promise<Index> {
    const { length } = this.#store.read();
    return Promise.resolve({ count: () => length });
  }
}

@plugin({ type: ReportPlugin, id: "all" })
class Report implements Plugin<string> {
  readonly #parts: readonly [
    Store,
    ReadonlyMap<string, Store>,
    Index,
    Store | undefined,
    Index | undefined,
    Store,
  ];
  constructor(
    @requires(StorePlugin) store: Store,
    @requiresAll(StorePlugin) stores: ReadonlyMap<string, Store>,
    @requiresOne(IndexService) index: Index,
    @requiresOptional(StorePlugin) maybe: Store | undefined,
    @requiresOptional(pluginRef<Index>("test.service.v1", "absent")) none: Index | undefined,
    @requiresOne(StorePlugin, "disk") disk: Store,
  ) {
    this.#parts = [store, stores, index, maybe, none, disk];
  }
  init({ meta }: InitContext): string {
    const [store, stores, index, maybe, none, disk] = this.#parts;
    const same = store === stores.get("disk") && store === maybe && store === disk;
    return [
      meta.uri,
      store.read(),
      stores.size,
      index.count(),
      String(none === undefined),
      String(same),
    ].join(" ");
  }
}

test("a decorated class is given what its parameters ask for", async () => {
  await using set = await start([Report, IndexPlugin, DiskStore]);
  assert.equal(set.lookUp(ReportPlugin), "test.report.v1.all disk 1 4 true true");
  assert.deepEqual(
    set.infos().map(({ uri, requires }) => [uri, ...requires]),
    [
      ["test.store.v1.disk"],
      ["test.service.v1.index", "test.store.v1"],
      ["test.report.v1.all", "test.store.v1", "test.service.v1"],
    ],
  );
});

test("the class carries its registration, and nothing is registered anywhere else", async () => {
  const { type, id, uri, capabilities, platforms, aliases, requirements } = registrationOf(DiskStore);
  assert.deepEqual([type, id, uri], ["test.store.v1", "disk", "test.store.v1.disk"]);
  assert.deepEqual(
    [capabilities, platforms, aliases, requirements],
    [["fast"], ["linux/amd64"], ["file"], []],
  );
  await using _set = await start([Report, IndexPlugin, DiskStore]);
  for (const token of [StorePlugin, "single test.store.v1 ", DiskStore])
    assert.equal(container.isRegistered(token, true), false);
});

test("a parameter without a token is refused when the class is defined", () => {
  assert.throws(
    () => {
      @plugin({ type: StorePlugin, id: "forgetful" })
      class Forgetful implements Plugin<Store> {
        readonly #store: Store;
        constructor(store: Store, @requires(StorePlugin) _other: Store) {
          this.#store = store;
        }
        init(): Store {
          return this.#store;
        }
      }
      return Forgetful;
    },
    { name: "TypeError", message: "cannot register Forgetful: every constructor parameter needs @requires" },
  );
});

test("a constructor that throws fails its plugin alone", async () => {
  @plugin({ type: StorePlugin, id: "fragile" })
  class Fragile implements Plugin<Store> {
    constructor() {
      throw new Error("fragile");
    }
    init(): Store {
      return { read: () => "" };
    }
  }
  await using set = await start([Fragile, IndexPlugin, DiskStore]);
  assert.equal(errorOf(set, "test.store.v1.fragile"), "fragile");
  assert.equal(set.get("test.store.v1.disk")?.state, "loaded");
  assert.equal(errorOf(set, "test.service.v1.index"), "fragile");
});

test("a subclass declares itself anew", async () => {
  class Undeclared extends DiskStore {}
  await assert.rejects(start([Undeclared]), { message: /^Undeclared is no plugin/ });

  @plugin({ type: StorePlugin, id: "faster" })
  class Faster extends DiskStore {}
  await using set = await start([Faster]);
  assert.equal(set.lookUp(StorePlugin).read(), "disk");
  assert.equal(registrationOf(DiskStore).id, "disk");
});
