/** One challenge of a WWW-Authenticate header (RFC 9110, 11.6.1). */
export interface Challenge {
  /** Lower case: `bearer`, `basic`, `digest`. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: Readonly<Record<string, string>>;
}

const PREFERENCE = ["bearer", "digest", "basic"];

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const PARAMETER = new RegExp(`^(${TOKEN})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s",]+))`);
const SCHEME = new RegExp(`^(${TOKEN})(?=[\\s,]|$)`);

/**
 * The challenges in the values of WWW-Authenticate, the preferred scheme first. A value may hold several; what is
 * malformed ends the reading of its value.
 */
export function parseChallenges(values: readonly string[]): Challenge[] {
  const rank = ({ scheme }: Challenge): number =>
    (PREFERENCE.indexOf(scheme) + PREFERENCE.length + 1) % (PREFERENCE.length + 1);
  return values.flatMap(parseValue).sort((a, b) => rank(a) - rank(b));
}

function parseValue(value: string): Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = [];
  let rest = value.trim();
  while (rest !== "") {
    const parameter = challenges.length > 0 ? PARAMETER.exec(rest) : null;
    if (parameter !== null) {
      const [whole, name = "", quoted, token = ""] = parameter;
      const known = challenges.at(-1)?.parameters ?? {};
      // The first of two wins, as in Go.
      known[name.toLowerCase()] ??= quoted?.replace(/\\(.)/g, "$1") ?? token;
      rest = rest.slice(whole.length);
    } else {
      const scheme = SCHEME.exec(rest);
      if (scheme === null) break;
      challenges.push({ scheme: (scheme[1] ?? "").toLowerCase(), parameters: {} });
      rest = rest.slice(scheme[0].length);
    }
    rest = rest.replace(/^[\s,]+/, "");
  }
  return challenges;
}
