import { InvalidArgumentError } from "commander";

/** Collects an option that may be given several times. */
export const collect = (value: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  value,
];

/** Collects `key=value`. */
export function collectLabel(
  text: string,
  before: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (key === undefined || value === undefined) throw new InvalidArgumentError("Expected key=value.");
  return { ...before, [key]: value };
}

/** The credentials in `user:password`; the password may hold colons. */
export function parseCredentials(text: string): { readonly username: string; readonly password: string } {
  const [, username, password] = /^([^:]+):(.*)$/s.exec(text) ?? [];
  if (username === undefined || password === undefined)
    throw new InvalidArgumentError("Expected user:password.");
  return { username, password };
}
