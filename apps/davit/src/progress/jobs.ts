import type { TransferProgress } from "@davit/client";

/** One thing that is transferred: an index, a manifest, a configuration or a layer. */
export interface Job {
  /** `layer`, `manifest` … */
  readonly kind: string;
  /** The beginning of its digest. */
  readonly id: string;
  /** What is being done with it, in the daemon's word. */
  event: string;
  /** Bytes. */
  done: number;
  total: number;
  /** Bytes per second while they come; 0 when unknown. */
  rate: number;
}

const SHOWN_HEX = 12;
/** Of a new rate and what is known of it so far: reports come several times a second, and jump. */
const SMOOTHING = 0.4;

/** What the daemon's reports about a transfer add up to. */
export class Jobs {
  readonly #jobs = new Map<string, Job>();
  readonly #seenAt = new Map<Job, number>();
  #headline = "";

  /** The last thing said about the whole. */
  get headline(): string {
    return this.#headline;
  }

  /** In the order they were discovered. */
  get all(): readonly Job[] {
    return [...this.#jobs.values()];
  }

  /**
   * Takes in a report.
   * @param now milliseconds.
   * @returns the job it was about; undefined when it was about the whole.
   */
  add({ event, name, progress, total }: TransferProgress, now: number): Job | undefined {
    const [, kind, digest] = /^(\w+)-\w+:([0-9a-f]+)$/.exec(name) ?? [];
    if (kind === undefined || digest === undefined) {
      // Of `saved` the name says what; other events name it themselves.
      this.#headline = name === "" || event.includes(name) ? event : `${event} ${name}`;
      return undefined;
    }
    const job = this.#jobs.get(name) ?? {
      kind,
      id: digest.slice(0, SHOWN_HEX),
      event,
      done: 0,
      total: 0,
      rate: 0,
    };
    this.#jobs.set(name, job);
    this.#measure(job, progress, now);
    Object.assign(job, { event, done: progress, total: Math.max(total, progress) });
    return job;
  }

  #measure(job: Job, done: number, now: number): void {
    const seconds = (now - (this.#seenAt.get(job) ?? now)) / 1000;
    this.#seenAt.set(job, now);
    if (seconds <= 0 || done <= job.done) return;
    const rate = (done - job.done) / seconds;
    job.rate = job.rate === 0 ? rate : SMOOTHING * rate + (1 - SMOOTHING) * job.rate;
  }
}

/** Whether nothing more will be done with a job. A layer that is complete is still to be extracted. */
export const isDone = ({ event }: Job): boolean =>
  ["complete", "extracted", "already exists", "exists"].includes(event);

/** Whether bytes are moving. */
export const isMoving = ({ event }: Job): boolean =>
  ["downloading", "extracting", "uploading"].includes(event);

/** Bytes of all jobs that have come. */
export const transferred = (jobs: readonly Job[]): number => jobs.reduce((sum, { done }) => sum + done, 0);
