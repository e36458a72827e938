import { wireMessage } from "@davit/errdefs";

/** An error that says what went wrong and, after a colon, why. */
export const failed = (what: string, cause: unknown): Error =>
  new Error(`${what}: ${wireMessage(cause)}`, { cause });
