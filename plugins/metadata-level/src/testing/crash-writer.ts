// A process that writes until it is killed, and tells of every write that was acknowledged: `<worker> <number>`.
import { writeSync } from "node:fs";
import { MemoryStore } from "@davit/content-testsuite";
import { isNotFound } from "@davit/errdefs";
import { LevelMetadata } from "@davit/plugin-metadata-level";
import { RecordedEvents } from "./fixture.ts";
import { image } from "./objects.ts";

/** So many images of each worker are there at a time: with the newest the oldest goes. */
export const KEPT = 5;
export const WORKERS = 8;

export const nameOf = (worker: number, number: number): string =>
  `worker-${worker}/${String(number).padStart(9, "0")}`;

async function work({ images }: LevelMetadata, worker: number, start: number): Promise<never> {
  const call = { namespace: `ns-${worker % 3}` };
  // What was to go when the process before this one died.
  await images.delete(nameOf(worker, start - 1 - KEPT), call).catch((err: unknown) => {
    if (!isNotFound(err)) throw err;
  });
  for (let number = start; ; number++) {
    await images.create(image(nameOf(worker, number), { "containerd.io/gc.ref.content": `${number}` }), call);
    writeSync(1, `${worker} ${number}\n`);
    if (number >= KEPT) await images.delete(nameOf(worker, number - KEPT), call);
  }
}

const [root, ...starts] = process.argv.slice(2);
if (import.meta.main && root !== undefined) {
  const backends = { content: new MemoryStore(), snapshotters: new Map(), events: new RecordedEvents() };
  const metadata = await LevelMetadata.open(root, backends);
  await Promise.all(starts.map((start, worker) => work(metadata, worker, Number(start))));
}
