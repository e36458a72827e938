import assert from "node:assert/strict";
import { test } from "node:test";
import * as v from "valibot";
import {
  all,
  definePlugin,
  one,
  optional,
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
} from "@davit/plugin";

interface Store {
  get(): string;
}
interface Svc {
  n(): number;
}
const StoreP = pluginType<Store>("x.store.v1");
const SvcP = pluginRef<Svc>("x.service.v1", "svc");
const Out = pluginType<Svc>("x.out.v1");
const Config = v.object({ a: v.optional(v.string(), "q") });

@plugin({ type: Out, id: "x", config: Config })
class X implements Plugin<Svc> {
  readonly s: Store;
  constructor(
    @requires(StoreP) s: Store,
    @requiresAll(StoreP) _m: ReadonlyMap<string, Store>,
    @requiresOne(SvcP) _x: Svc,
    @requiresOptional(StoreP) _y: Store | undefined,
  ) {
    this.s = s;
  }
  init({ config }: InitContext<v.InferOutput<typeof Config>>): Svc {
    return { n: () => config.a.length };
  }
}

test("declares", () => {
  assert.equal(registrationOf(X).uri, "x.out.v1.x");
  const d = definePlugin({
    type: Out,
    id: "y",
    requires: { s: StoreP, m: all(StoreP), o: optional(StoreP), r: one(SvcP), q: SvcP },
    config: Config,
    init: ({ config }, { s, m, o, r, q }) => ({
      n: () =>
        config.a.length +
        s.get().length +
        [...m.values()].map((x) => x.get()).length +
        (o?.get().length ?? 0) +
        r.n() +
        q.n(),
    }),
  });
  assert.equal(registrationOf(d).uri, "x.out.v1.y");
});
