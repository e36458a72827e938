import { execFileSync } from "node:child_process";
import { temporaryDirectory } from "./fixture.ts";

/** A small disk of its own; needs root. It is unmounted when disposed of. */
export async function mountTmpfs(size: string): Promise<AsyncDisposable & { readonly path: string }> {
  await using stack = new AsyncDisposableStack();
  const { path } = stack.use(await temporaryDirectory());
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", path]);
  stack.defer(() => void execFileSync("umount", [path]));
  const held = stack.move();
  return { path, [Symbol.asyncDispose]: () => held.disposeAsync() };
}
