import type { TransferProgress } from "@davit/client";
import { printable } from "../printable.ts";
import { amountOf } from "./bars.ts";
import { isDone, isMoving, Jobs, type Job } from "./jobs.ts";
import type { Progress } from "./progress.ts";

/** At least so often a long job says that it lives. */
const REMINDER_MS = 5000;

/** Where the lines go. */
interface LineWriter {
  write(text: string): unknown;
}

/** A line for every change, for logs and pipes: no control characters. */
export class LineProgress implements Progress {
  readonly #out: LineWriter;
  readonly #now: () => number;
  readonly #jobs = new Jobs();
  readonly #said = new Map<Job, { readonly event: string; readonly at: number }>();

  constructor(out: LineWriter, now: () => number = () => performance.now()) {
    this.#out = out;
    this.#now = now;
  }

  add(progress: TransferProgress): void {
    const now = this.#now();
    const before = this.#jobs.headline;
    const job = this.#jobs.add(progress, now);
    if (job === undefined) {
      if (this.#jobs.headline !== before) this.#say(this.#jobs.headline);
      return;
    }
    const said = this.#said.get(job);
    const isNews = said?.event !== job.event && job.event !== "waiting";
    if (!isNews && !(isMoving(job) && now - (said?.at ?? now) >= REMINDER_MS)) return;
    this.#said.set(job, { event: job.event, at: now });
    const amount = isDone(job) || isMoving(job) ? ` ${amountOf(job)}` : "";
    this.#say(`${job.kind} ${job.id}: ${job.event}${amount}`);
  }

  finish(): void {}

  [Symbol.dispose](): void {}

  #say(text: string): void {
    this.#out.write(`${printable(text)}\n`);
  }
}
