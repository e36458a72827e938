import type { Adaptor } from "./adaptor.ts";
import { parseSelectors, type Selector } from "./parser.ts";
import { compileRegExp, RegExpError, type Matcher } from "./regexp.ts";

/** Says whether the object behind an adaptor matches. */
export type Filter = (adaptor: Adaptor) => boolean;

const always: Filter = () => true;

/**
 * Parses one filter: selectors joined by `,`, all of which must match; `""` matches everything.
 * @throws InvalidArgumentError `filters: parse error: [before >|c|< after]: reason`.
 */
export function parseFilter(text: string): Filter {
  if (text === "") return always;
  const selectors = parseSelectors(text).map(selectorFilter);
  return (adaptor) => selectors.every((matches) => matches(adaptor));
}

/**
 * Parses the filters of a list call, any of which must match; none at all match everything.
 * @throws InvalidArgumentError as `parseFilter`, of the first that does not parse.
 */
export function parseFilters(texts: readonly string[]): Filter {
  if (texts.length === 0) return always;
  const filters = texts.map(parseFilter);
  return (adaptor) => filters.some((matches) => matches(adaptor));
}

function selectorFilter({ fieldpath, operator, value }: Selector): Filter {
  switch (operator) {
    case "present":
      return (adaptor) => adaptor(fieldpath) !== undefined;
    case "==":
      return (adaptor) => adaptor(fieldpath) === value;
    case "!=":
      // An absent field reads as empty, as in containerd: `labels.b!=""` does not match an object without label b.
      return (adaptor) => (adaptor(fieldpath) ?? "") !== value;
    case "~=":
      return regExpFilter(fieldpath, compiled(value));
  }
  return operator satisfies never;
}

const regExpFilter =
  (fieldpath: readonly string[], matches: Matcher): Filter =>
  (adaptor) =>
    matches(adaptor(fieldpath) ?? "");

/** A bad expression is no error to the caller; it never matches. */
function compiled(pattern: string): Matcher {
  try {
    return compileRegExp(pattern);
  } catch (err) {
    if (err instanceof RegExpError) return () => false;
    throw err;
  }
}
