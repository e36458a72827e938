import { InvalidArgumentError, quote } from "@davit/errdefs";

/** The longest identifier, in bytes of UTF-8: room for a prefix in 108 bytes of a socket's path. */
export const MAX_IDENTIFIER_BYTES = 76;

/** Letters and digits, with single `.`, `_` or `-` between them: safe as a file name and as a part of a path. */
const IDENTIFIER = /^[A-Za-z0-9]+(?:[._-](?:[A-Za-z0-9]+))*$/;

/**
 * Checks the name of a namespace, container, sandbox, task, exec or a component of an event's topic (not of an image,
 * a snapshot, a lease or a content ref), and returns it.
 * @throws InvalidArgumentError with containerd's text (pkg/identifiers).
 */
export function validateIdentifier(id: string): string {
  const problem = problemOf(id);
  if (problem !== undefined) throw new InvalidArgumentError(problem);
  return id;
}

/** Whether `validateIdentifier` accepts a string. */
export const isIdentifier = (id: string): boolean => problemOf(id) === undefined;

function problemOf(id: string): string | undefined {
  if (id === "") return "identifier must not be empty";
  if (Buffer.byteLength(id) > MAX_IDENTIFIER_BYTES)
    return `identifier ${quote(id)} greater than maximum length (${MAX_IDENTIFIER_BYTES} characters)`;
  if (!IDENTIFIER.test(id)) return `identifier ${quote(id)} must match ${IDENTIFIER.source}`;
  return undefined;
}
