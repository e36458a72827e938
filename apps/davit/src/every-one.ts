import { textOf } from "./failure.ts";

/**
 * Does something to each of several names and prints those it was done to. A failure does not keep the others from it: it is said, and
 * the last one thrown.
 */
export async function everyOne(
  names: readonly string[],
  act: (name: string) => Promise<unknown>,
): Promise<void> {
  const failures: unknown[] = [];
  for (const name of names) {
    try {
      await act(name);
      process.stdout.write(`${name}\n`);
    } catch (err) {
      failures.push(err);
    }
  }
  const last = failures.pop();
  for (const err of failures) process.stderr.write(`davit: ${textOf(err) ?? ""}\n`);
  if (last !== undefined) throw last;
}
