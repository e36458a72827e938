import { parentPort } from "node:worker_threads";
import type { Answer } from "./off-thread.ts";

/** Answers the requests of an `OffThread`: the whole program of its module. */
export function serveRequests<Q, R>(work: (request: Q) => R): void {
  parentPort?.on("message", (request: Q) => {
    let answer: Answer<R>;
    try {
      answer = { result: work(request) };
    } catch (error) {
      answer = { error, code: error instanceof Error && "code" in error ? error.code : undefined };
    }
    parentPort?.postMessage(answer);
  });
}
