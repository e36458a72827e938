import { DataLossError, ResourceExhaustedError, UnavailableError } from "@davit/errdefs";

function codeOf(err: unknown): string {
  const code: unknown = err instanceof Error && "code" in err ? err.code : undefined;
  return typeof code === "string" ? code : "";
}

/** The error of LevelDB beneath one of abstract-level, such as that of a failed open. */
const innermost = (err: unknown): unknown =>
  err instanceof Error && codeOf(err.cause).startsWith("LEVEL_") ? innermost(err.cause) : err;

/** Whether another process, or another opener of this one, holds the database. */
export const isLocked = (err: unknown): boolean => codeOf(innermost(err)) === "LEVEL_LOCKED";

/** Whether LevelDB found its own files to be wrong. */
export const isCorruption = (err: unknown): boolean => codeOf(innermost(err)) === "LEVEL_CORRUPTION";

/** What LevelDB says, as an error of a kind. */
export function storageError(err: unknown): Error {
  const inner = innermost(err);
  if (isCorruption(inner)) return new DataLossError("metadata database is damaged", { cause: inner });
  if (inner instanceof Error && inner.message.includes("No space left on device"))
    return new ResourceExhaustedError("metadata database: no space left on device", { cause: inner });
  return new UnavailableError("metadata database", { cause: inner });
}
