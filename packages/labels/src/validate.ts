import { InvalidArgumentError } from "@davit/errdefs";
import type { Labels } from "./labels.ts";

/** The most bytes of UTF-8 that a label's key and value may have together. */
export const MAX_LABEL_BYTES = 4096;

/** So much of a key that is too long is named in the error, in bytes. */
const MAX_SHOWN_KEY_BYTES = 64;

/**
 * Checks the size of one label.
 * @throws InvalidArgumentError with containerd's text (pkg/labels).
 */
export function validateLabel(key: string, value: string): void {
  const size = Buffer.byteLength(key) + Buffer.byteLength(value);
  if (size <= MAX_LABEL_BYTES) return;
  const shown = Buffer.from(key).subarray(0, MAX_SHOWN_KEY_BYTES).toString();
  throw new InvalidArgumentError(
    `label key and value length (${size} bytes) greater than maximum size (${MAX_LABEL_BYTES} bytes), key: ${shown}`,
  );
}

/**
 * Checks the size of every label. `where` precedes the text, as in `containers.Labels: label key …`. Leases are not to
 * be checked: containerd accepts any label there.
 * @throws InvalidArgumentError of the first label that is too long.
 */
export function validateLabels(labels: Labels, where?: string): void {
  for (const [key, value] of Object.entries(labels)) {
    try {
      validateLabel(key, value);
    } catch (err) {
      throw where === undefined ? err : new Error(where, { cause: err });
    }
  }
}
