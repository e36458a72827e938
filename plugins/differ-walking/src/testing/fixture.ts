import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { unpackPool } from "@davit/archive";
import type { ContentStore, Source } from "@davit/content";
import { MemoryStore } from "@davit/content-testsuite";
import { digestOf } from "@davit/digest";
import { unmountRecursive } from "@davit/mount";
import { WalkingDiffer, type WalkingDifferOptions } from "@davit/plugin-differ-walking";
import { MEDIA_TYPE_IMAGE_LAYER_GZIP, type Descriptor } from "@davit/oci";

export const options = { namespace: "default" };

/** Why tests that unpack as images do cannot run, or false: owners, devices and mounts are root's. */
export const noRoot: string | false = process.getuid?.() !== 0 && "needs root";

/** A differ over a content store in memory, and directories for the time of a test. */
export class Fixture implements AsyncDisposable {
  readonly dir: string = mkdtempSync(join(tmpdir(), "differ-walking-"));
  readonly content: MemoryStore = new MemoryStore();
  readonly #differs: WalkingDiffer[] = [];

  get mountDir(): string {
    return join(this.dir, "mounts");
  }
  get spoolDir(): string {
    return join(this.dir, "spool");
  }

  differ(more: Partial<WalkingDifferOptions> = {}): WalkingDiffer {
    const { content, mountDir, spoolDir } = this;
    const differ = new WalkingDiffer({ content, mountDir, spoolDir, pool: unpackPool({ size: 2 }), ...more });
    this.#differs.push(differ);
    return differ;
  }

  /** Makes directories, and names them. */
  directories<const N extends readonly string[]>(...names: N): { readonly [K in keyof N]: string } {
    const paths = names.map((name) => join(this.dir, name));
    for (const path of paths) mkdirSync(path, { recursive: true });
    return paths as unknown as { readonly [K in keyof N]: string };
  }

  /** Puts bytes into the content store. */
  async layer(data: Uint8Array, mediaType: string = MEDIA_TYPE_IMAGE_LAYER_GZIP): Promise<Descriptor> {
    const digest = digestOf(data);
    await using writer = await this.content.writer(digest, options);
    await writer.write(data);
    await writer.commit({ ...options, expected: digest });
    return { mediaType, digest, size: data.length };
  }

  /** The store with its blobs as files, as a local one has them. */
  withFiles(): ContentStore {
    const { content, dir } = this;
    const source: ContentStore["source"] = async (digest, call): Promise<Source> => {
      const bytes = await Array.fromAsync(content.read(digest, call), (chunk) => Buffer.from(chunk));
      const path = join(dir, digest.replace(":", "-"));
      writeFileSync(path, Buffer.concat(bytes));
      const fd = openSync(path, "r");
      const sizeBytes = BigInt(Buffer.concat(bytes).length);
      return { fd, sizeBytes, [Symbol.asyncDispose]: async () => closeSync(fd) };
    };
    const read = () => {
      throw new Error("a blob with a file was read as a stream");
    };
    return this.storeWith({ source, read });
  }

  /** The store with some methods replaced. */
  storeWith(methods: Partial<ContentStore>): ContentStore {
    return new Proxy(this.content, {
      get(target, name) {
        const value: unknown = Reflect.get(name in methods ? methods : target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const differ of this.#differs) await differ[Symbol.asyncDispose]();
    if (noRoot === false) await unmountRecursive(this.dir);
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** A test as root, with a fixture. */
export function rootTest(name: string, body: (fixture: Fixture) => Promise<void>): void {
  void test(name, { skip: noRoot }, async () => {
    await using fixture = new Fixture();
    await body(fixture);
  });
}
