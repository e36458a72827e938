import type { ServerHttp2Session } from "node:http2";
import { startTimer } from "./timer.ts";

/** When clients are asked whether they are still there. */
export interface KeepAlive {
  /** Milliseconds between pings. */
  readonly timeMs: number;
  /** Milliseconds within which they answer, or the connection is closed and its calls cancelled. */
  readonly timeoutMs: number;
}

/** As in grpc-go. */
const DEFAULT: KeepAlive = { timeMs: 2 * 3_600_000, timeoutMs: 20_000 };

/** Pings a client at intervals, and closes the connection of one that does not answer. */
export function keepAlive(session: ServerHttp2Session, { timeMs, timeoutMs }: KeepAlive = DEFAULT): void {
  let stopTimer: () => void;
  const ping = (): void => {
    if (session.destroyed) return;
    stopTimer = startTimer(timeoutMs, () => session.destroy());
    session.ping((err) => {
      stopTimer();
      if (err === null) wait();
    });
  };
  const wait = (): void => {
    stopTimer = startTimer(timeMs, ping);
  };
  wait();
  session.once("close", () => stopTimer());
}
