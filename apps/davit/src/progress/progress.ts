import type { WriteStream } from "node:tty";
import type { TransferProgress } from "@davit/client";
import { BarProgress } from "./bar-progress.ts";
import { LineProgress } from "./line-progress.ts";

/** Shows how far a transfer is. */
export interface Progress extends Disposable {
  /** Takes in a report of the daemon. */
  add(progress: TransferProgress): void;
  /** To be called when the transfer has succeeded. */
  finish(): void;
}

/** Bars on a terminal, plain lines elsewhere. */
export function startProgress(title: string, out: WriteStream): Progress {
  const drawn = out.isTTY && process.env["TERM"] !== "dumb";
  return drawn ? new BarProgress(title, out) : new LineProgress(out);
}
