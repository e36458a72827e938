import { parentPort } from "node:worker_threads";
import { BlobJob } from "./fetch/blob-job.ts";
import type { Answer, Command } from "./fetch/protocol.ts";
import { Transports } from "./http/transport.ts";

// The thread on which registries' bytes arrive: they are hashed and written here, and never pass the main one. Several
// jobs run side by side; what each of them waits for is the network.

const port = parentPort;
if (port === null) throw new Error("fetch.worker runs as a worker thread only");

const jobs = new Map<number, { readonly blob: BlobJob; running?: AbortController }>();
const transports = new Transports();

port.on("message", (command: Command) => {
  if (command.type === "open") {
    jobs.set(command.job, { blob: new BlobJob(command.blob) });
    return;
  }
  const job = jobs.get(command.job);
  if (command.type === "cancel") job?.running?.abort();
  else if (command.type === "close") jobs.delete(command.job);
  else if (job !== undefined) void run(command, job);
});

async function run(
  { job, request, settings }: Extract<Command, { type: "request" }>,
  state: { readonly blob: BlobJob; running?: AbortController },
): Promise<void> {
  const running = new AbortController();
  state.running = running;
  const outcome = await state.blob.fetch(request, transports.get(settings), running.signal);
  port?.postMessage({ job, outcome } satisfies Answer);
}
