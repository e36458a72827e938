import type { WriteStream } from "node:tty";
import type { TransferProgress } from "@davit/client";
import picocolors from "picocolors";
import { renderBars } from "./bars.ts";
import { Jobs } from "./jobs.ts";
import type { Progress } from "./progress.ts";

const REDRAW_MS = 100;
const ESC = "\u001b[";

/** Bars on a terminal, drawn over and over again. */
export class BarProgress implements Progress {
  readonly #title: string;
  readonly #out: WriteStream;
  readonly #jobs = new Jobs();
  readonly #start = performance.now();
  readonly #timer: NodeJS.Timeout;
  #lines = 0;

  constructor(title: string, out: WriteStream) {
    this.#title = title;
    this.#out = out;
    this.#timer = setInterval(() => this.#draw(), REDRAW_MS);
    this.#draw();
  }

  add(progress: TransferProgress): void {
    this.#jobs.add(progress, performance.now());
  }

  finish(): void {
    this.#draw();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #draw(): void {
    const { columns, rows } = this.#out;
    const picture = {
      title: this.#title,
      jobs: this.#jobs.all,
      elapsedMs: performance.now() - this.#start,
    };
    const colors = picocolors.createColors(process.env["NO_COLOR"] === undefined);
    const lines = renderBars(picture, { columns: columns || 80, rows: rows || 24, colors });
    // Up to where the last drawing began; each line is cleared behind its text, and what is left of a longer drawing below.
    const up = this.#lines > 0 ? `${ESC}${this.#lines}A\r` : "";
    this.#out.write(`${up}${lines.map((line) => `${line}${ESC}K\n`).join("")}${ESC}J`);
    this.#lines = lines.length;
  }
}
