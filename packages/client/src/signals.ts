import { constants } from "node:os";
import { InvalidArgumentError, quote } from "@davit/errdefs";

const MAX_SIGNAL = 64;

/**
 * The number of a signal: a number itself, or a name with or without `SIG`, in any case.
 * @throws InvalidArgumentError `unknown signal "x"`.
 */
export function parseSignal(signal: string | number): number {
  const text = String(signal).trim();
  const number = /^\d+$/.test(text) ? Number(text) : numberOf(text.toUpperCase());
  if (number === undefined || number < 1 || number > MAX_SIGNAL)
    throw new InvalidArgumentError(`unknown signal ${quote(text)}`);
  return number;
}

function numberOf(name: string): number | undefined {
  const full = name.startsWith("SIG") ? name : `SIG${name}`;
  return Object.entries(constants.signals).find(([known]) => known === full)?.[1];
}
