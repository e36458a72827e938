import type { Logger } from "@davit/plugin";

/** A line of a `MemoryLog`. */
export interface Line {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A log that is kept, for tests to read. */
export class MemoryLog implements Logger {
  readonly lines: Line[];
  readonly #fields: object;
  constructor(lines: Line[] = [], fields: object = {}) {
    this.lines = lines;
    this.#fields = fields;
  }
  trace(fields: object, message: string): void {
    this.#add("trace", fields, message);
  }
  debug(fields: object, message: string): void {
    this.#add("debug", fields, message);
  }
  info(fields: object, message: string): void {
    this.#add("info", fields, message);
  }
  warn(fields: object, message: string): void {
    this.#add("warn", fields, message);
  }
  error(fields: object, message: string): void {
    this.#add("error", fields, message);
  }
  child(fields: object): Logger {
    return new MemoryLog(this.lines, { ...this.#fields, ...fields });
  }
  /** The lines with that message. */
  of(message: string): Line[] {
    return this.lines.filter((line) => line.message === message);
  }
  #add(level: string, fields: object, message: string): void {
    this.lines.push({ level, message, fields: { ...this.#fields, ...fields } });
  }
}
