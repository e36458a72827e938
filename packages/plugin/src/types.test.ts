import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";

const HEAD = `
import { all, definePlugin, one, optional, plugin, pluginRef, pluginType, requires, requiresAll, requiresOne, requiresOptional } from "@davit/plugin";
import type { InitContext, Plugin } from "@davit/plugin";
import { number, object, optional as maybe } from "valibot";
interface Store { read(): string }
interface Mailer { send(): void }
const StorePlugin = pluginType<Store>("test.store.v1");
const MailPlugin = pluginType<Mailer>("test.mail.v1");
const MailRef = pluginRef<Mailer>("test.service.v1", "mail");
const Config = object({ port: maybe(number(), 25) });
const store: Store = { read: () => "" };
export const use: unknown[] = [all, definePlugin, one, optional, plugin, requires, requiresAll, requiresOne, requiresOptional, MailPlugin, MailRef, Config, store];
`;
const consumer = (parameter: string): string =>
  `@plugin({ type: StorePlugin, id: "x" }) export class X implements Plugin<Store> { constructor(${parameter}) { use.push(it); } init(): Store { return store; } }`;

/** What the compiler says to one more line after `HEAD`: the codes of its errors. */
function compile(lines: readonly string[]): string[][] {
  const dir = mkdtempSync(join(import.meta.dirname, "types-"));
  try {
    const names = lines.map((line, index) => {
      writeFileSync(join(dir, `case${index}.ts`), `${HEAD}${line}\n`);
      return `case${index}.ts`;
    });
    const compilerOptions = {
      noEmit: true,
      composite: false,
      incremental: false,
      isolatedDeclarations: false,
    };
    const config = { extends: "../../../../tsconfig.base.json", compilerOptions, files: names };
    writeFileSync(join(dir, "tsconfig.json"), JSON.stringify(config));
    const tsc = join(createRequire(import.meta.url).resolve("typescript/package.json"), "../bin/tsc");
    const { stdout } = spawnSync(process.execPath, [tsc, "-p", dir, "--pretty", "false"], {
      encoding: "utf8",
      cwd: dir,
    });
    return names.map((name) =>
      [...stdout.matchAll(new RegExp(`^${name}.*error (TS\\d+)`, "gm"))].map((m) => m[1] ?? ""),
    );
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const PARAMETER = "TS1239"; // Unable to resolve signature of parameter decorator
const CLASS = "TS1238"; // Unable to resolve signature of class decorator
const NO_PROPERTY = "TS2339";
const NOT_ASSIGNABLE = "TS2322";

const cases: readonly (readonly [behaviour: string, line: string, ...errors: string[]])[] = [
  ["a token that fits", consumer("@requires(StorePlugin) it: Store")],
  ["a token that gives more than is asked", consumer('@requires(StorePlugin) it: Pick<Store, "read">')],
  ["a map", consumer("@requiresAll(StorePlugin) it: ReadonlyMap<string, Store>")],
  ["a reference", consumer("@requiresOne(MailRef) it: Mailer")],
  ["an optional", consumer("@requiresOptional(MailRef) it: Mailer | undefined")],
  ["the token of another interface", consumer("@requires(MailPlugin) it: Store"), PARAMETER],
  ["a map for one", consumer("@requiresAll(StorePlugin) it: Store"), PARAMETER],
  ["a map one can write to", consumer("@requiresAll(StorePlugin) it: Map<string, Store>"), PARAMETER],
  [
    "a map of another interface",
    consumer("@requiresAll(MailPlugin) it: ReadonlyMap<string, Store>"),
    PARAMETER,
  ],
  ["an optional for one that must be", consumer("@requiresOptional(StorePlugin) it: Store"), PARAMETER],
  ["a reference to another interface", consumer("@requiresOne(MailRef) it: Store"), PARAMETER],
  ["an id in a type of another interface", consumer('@requiresOne(MailPlugin, "a") it: Store'), PARAMETER],
  ["a plain string as a token", consumer('@requires("test.store.v1") it: Store'), PARAMETER, "TS2345"],
  [
    "an init that returns another interface",
    '@plugin({ type: MailPlugin, id: "x" }) export class X { init(): Store { return store; } }',
    CLASS,
  ],
  [
    "an init that expects another configuration",
    '@plugin({ type: StorePlugin, id: "x", config: Config }) export class X { init(_: InitContext<{ port: string }>): Store { return store; } }',
    CLASS,
  ],
  [
    "an init that expects a configuration without a schema",
    '@plugin({ type: StorePlugin, id: "x" }) export class X { init(_: InitContext<{ port: number }>): Store { return store; } }',
    CLASS,
  ],
  [
    "an init that takes the configuration of the schema",
    '@plugin({ type: StorePlugin, id: "x", config: Config }) export class X { init(_: InitContext<{ port: number }>): Store { return store; } }',
  ],
  ["a type name without a version", 'export const T = pluginType<Store>("test.store");', "TS2345"],
  [
    "definePlugin: dependencies by their types",
    'export const P = definePlugin({ type: StorePlugin, id: "x", config: Config, requires: { a: StorePlugin, b: all(StorePlugin), c: one(MailRef), d: optional(MailPlugin), e: MailRef }, init: (ctx, { a, b, c, d, e }) => ({ read: () => { c.send(); d?.send(); e.send(); return a.read() + b.get("x")?.read() + ctx.config.port.toFixed(); } }) });',
  ],
  [
    "definePlugin: a dependency used as another interface",
    'export const P = definePlugin({ type: StorePlugin, id: "x", requires: { a: MailPlugin }, init: (_, { a }) => ({ read: () => a.read() }) });',
    NO_PROPERTY,
  ],
  [
    "definePlugin: a map used as an instance",
    'export const P = definePlugin({ type: StorePlugin, id: "x", requires: { a: all(StorePlugin) }, init: (_, { a }) => ({ read: () => a.read() }) });',
    NO_PROPERTY,
  ],
  [
    "definePlugin: a dependency that is not required",
    'export const P = definePlugin({ type: StorePlugin, id: "x", requires: { a: StorePlugin }, init: (_, { b }) => b });',
    NO_PROPERTY,
  ],
  [
    "definePlugin: a plain string as a token",
    'export const P = definePlugin({ type: StorePlugin, id: "x", requires: { a: "test.store.v1" }, init: () => store });',
    NOT_ASSIGNABLE,
  ],
  [
    "definePlugin: an instance of another interface",
    'export const P = definePlugin({ type: MailPlugin, id: "x", init: () => store });',
    NOT_ASSIGNABLE,
  ],
  [
    "definePlugin: an optional used without a look",
    'export const P = definePlugin({ type: StorePlugin, id: "x", requires: { a: optional(StorePlugin) }, init: (_, { a }) => ({ read: () => a.read() }) });',
    "TS18048",
  ],
];

test("the compiler knows which token fits", async (t) => {
  const errors = compile(cases.map(([, line]) => line));
  for (const [index, [behaviour, , ...expected]] of cases.entries())
    await t.test(`${behaviour}: ${expected.length > 0 ? "is a compile error" : "compiles"}`, () => {
      assert.deepEqual(errors[index], expected);
    });
});
