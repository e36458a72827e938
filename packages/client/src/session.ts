import type { Services } from "./services.ts";

/** What every function of this package works with: a daemon and a namespace. `Client` is one. */
export interface Session {
  readonly namespace: string;
  readonly services: Services;
  /** Directory for the FIFOs of processes, made when it is needed. */
  readonly fifoDir: string;
}

/** How long a function may take. */
export interface Abortable {
  readonly signal?: AbortSignal | undefined;
}
