// What this package's tests share.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  applyLayer,
  type AppliedLayer,
  type ApplyLayerOptions,
  type ApplyLayerRequest,
} from "@davit/archive";
import { lgetxattr, llistxattr } from "@davit/sys";

/** For tests that need privileges: the reason to skip, or false. */
export const needsRoot: string | false = process.getuid?.() === 0 ? false : "needs root";

/** A directory that is gone with its scope. */
export function temporary(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "davit-archive-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** A place to unpack in, with a neighbour that must stay as it is. */
export class Place implements Disposable {
  readonly #dir = temporary();
  readonly root: string = join(this.#dir.path, "root");
  readonly outside: string = join(this.#dir.path, "outside");

  constructor() {
    mkdirSync(this.root);
    mkdirSync(this.outside);
    writeFileSync(join(this.outside, "secret"), "untouched", { mode: 0o600 });
  }

  /** Unpacks an archive here. */
  apply(
    layer: Uint8Array,
    request: Partial<ApplyLayerRequest> = {},
    options: ApplyLayerOptions = {},
  ): Promise<AppliedLayer> {
    const path = join(this.#dir.path, "layer");
    writeFileSync(path, layer);
    return applyLayer({ source: { path }, root: this.root, mode: "naive", ...request }, options);
  }

  path(name: string): string {
    return join(this.root, name);
  }

  read(name: string): string {
    return readFileSync(this.path(name), "utf8");
  }

  /** Every name below the root, sorted; directories end in a slash. */
  names(): string[] {
    return [...walk(this.root)].map(({ name, stats }) => (stats.isDirectory() ? `${name}/` : name)).sort();
  }

  /** What is outside, to be the same before and after. */
  neighbour(): string {
    return JSON.stringify(describe(join(this.#dir.path, "outside")));
  }

  [Symbol.dispose](): void {
    this.#dir[Symbol.dispose]();
  }
}

/** Everything one can see of a tree: type, mode, owner, size, link count, time, target, content, attributes. */
export function describe(root: string): Record<string, unknown> {
  return Object.fromEntries([...walk(root)].map(({ name, path, stats }) => [name, describeOne(path, stats)]));
}

function describeOne(path: string, stats: BigStats): unknown {
  const isFile = stats.isFile();
  return {
    mode: stats.mode.toString(8),
    owner: `${stats.uid}:${stats.gid}`,
    links: stats.isDirectory() ? 0 : Number(stats.nlink),
    mtimeNs: `${stats.mtimeNs}`,
    device: stats.isBlockDevice() || stats.isCharacterDevice() ? `${stats.rdev}` : "",
    size: isFile ? `${stats.size}` : "",
    target: stats.isSymbolicLink() ? readlinkSync(path) : "",
    content: isFile ? createHash("sha256").update(readFileSync(path)).digest("hex") : "",
    xattrs: Object.fromEntries(
      llistxattr(path).map((name) => [name, lgetxattr(path, name)?.toString("hex")]),
    ),
  };
}

type BigStats = ReturnType<typeof statOf>;
const statOf = (path: string) => lstatSync(path, { bigint: true });

function* walk(root: string, prefix = ""): Generator<{ name: string; path: string; stats: BigStats }> {
  for (const entry of readdirSync(join(root, prefix))) {
    const name = prefix === "" ? entry : `${prefix}/${entry}`;
    const path = join(root, name);
    const stats = statOf(path);
    yield { name, path, stats };
    if (stats.isDirectory()) yield* walk(root, name);
  }
}

/** Asserts that the work fails with an error of the kind whose message matches. */
export async function fails(
  work: Promise<unknown>,
  kind: (error: unknown) => boolean,
  message: RegExp,
): Promise<void> {
  const error = await work.then(
    () => assert.fail("it did not fail"),
    (error: unknown) => error,
  );
  assert.ok(kind(error), `not of the kind: ${String(error)}`);
  assert.match(String(error), message);
}
