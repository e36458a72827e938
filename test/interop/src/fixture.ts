import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { startRegistry } from "@davit/test-support";
import { debian, generationMissing, newest, type Generation } from "./generation.ts";
import { pushImages } from "./images.ts";
import { startDavitd, type Side } from "./side.ts";
import { local } from "./steps/context.ts";

/** The newest generation that can be driven here. */
export const available: Generation =
  [newest, debian].find((one) => generationMissing(one) === false) ?? newest;

/** Why tests of davitd alone cannot run here. */
export const skip: string | false = generationMissing(available);

/** A davitd and an image that it has pulled. */
export interface Fixture extends AsyncDisposable {
  readonly side: Side;
  readonly image: string;
  /** An image that it has not pulled. */
  readonly fresh: string;
  /** Runs a container that stays; its FIFOs lie in the private directory. @returns the pid of its first process. */
  readonly stays: (id: string, ...command: string[]) => Promise<number>;
}

/** Starts davitd and pulls an image. @param args of davitd. */
export async function davitdWithImage(...args: string[]): Promise<Fixture> {
  await using stack = new AsyncDisposableStack();
  const registry = stack.use(await startRegistry());
  const { image, fresh } = await pushImages(registry);
  const side = stack.use(await startDavitd(available, args));
  await side.ctr.out("images", "pull", "--plain-http", ...local({ generation: available }), image);
  const started = stack.move();
  return {
    side,
    image,
    fresh: fresh[0] ?? "",
    async stays(id, ...command) {
      await side.ctr.out("run", "-d", "--fifo-dir", side.fifoDir, image, id, ...command);
      return pidOf(side, id);
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

/** The pid of a task's first process, as `tasks ls` tells it. */
export async function pidOf({ ctr }: Side, id: string): Promise<number> {
  const row = (await ctr.out("tasks", "ls")).split("\n").find((line) => line.startsWith(`${id} `));
  return Number(row?.split(/ +/)[1]);
}

/** Whether a process is there, and not just waiting to be reaped. */
export const isRunning = (pid: number): boolean => /^State:\t[^ZX]/m.test(read(`/proc/${pid}/status`));

export const parentOf = (pid: number): number =>
  Number(/^PPid:\t(\d+)$/m.exec(read(`/proc/${pid}/status`))?.[1]);

/** The text of a file, "" where there is none. */
export function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Waits until something is so. @throws Error after ten seconds. */
export async function eventually(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 10_000; !(await isSo()); await setTimeout(20))
    if (Date.now() > end) throw new Error(`it has not come about that ${what}`);
}
