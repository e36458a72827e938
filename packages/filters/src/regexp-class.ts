/** An expression that RE2 refuses, or that is too large to match quickly. */
export class RegExpError extends Error {
  override readonly name: string = "RegExpError";
}

/** Whether a code point belongs to a class. */
export type CharTest = (char: number) => boolean;

/** POSIX classes, ASCII only as in RE2. */
const POSIX: Readonly<Record<string, RegExp>> = {
  alnum: /[0-9A-Za-z]/,
  alpha: /[A-Za-z]/,
  ascii: /\p{ASCII}/u,
  blank: /[\t ]/,
  cntrl: /(?=\p{ASCII})\p{Cc}/u,
  digit: /[0-9]/,
  graph: /[!-~]/,
  lower: /[a-z]/,
  print: /[ -~]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /[\t\n\v\f\r ]/,
  upper: /[A-Z]/,
  word: /[0-9A-Za-z_]/,
  xdigit: /[0-9A-Fa-f]/,
};

/** Perl classes, ASCII only as in RE2; `\s` is without `\v` there. */
const PERL: Readonly<Record<string, RegExp>> = { d: /[0-9]/, s: /[\t\n\f\r ]/, w: /[0-9A-Za-z_]/ };

const testOf =
  (expression: RegExp): CharTest =>
  (char) =>
    expression.test(String.fromCodePoint(char));

/** The characters from `low` to `high`. */
export const charRange =
  (low: number, high: number): CharTest =>
  (char) =>
    low <= char && char <= high;

/** All other characters. */
export const negated =
  (test: CharTest): CharTest =>
  (char) =>
    !test(char);

/** The characters of a class in either case. */
export const folded =
  (test: CharTest): CharTest =>
  (char) =>
    test(char) || foldings(char).some(test);

/** The other characters that differ from one only in case; three for `k`, whose third is the sign for kelvin. */
function foldings(char: number): number[] {
  const text = String.fromCodePoint(char);
  const variants = [text.toLowerCase(), text.toUpperCase(), text.toLowerCase().toUpperCase()];
  if (/^k$/i.test(text)) variants.push("\u212a");
  if (/^s$/i.test(text)) variants.push("\u017f");
  return variants
    .filter((variant) => Array.from(variant).length === 1)
    .map((variant) => variant.codePointAt(0) ?? 0);
}

/** `\d`, `\s`, `\w` and, in capitals, their opposites. */
export function classEscape(letter: string, foldCase: boolean): CharTest {
  const expression = PERL[letter.toLowerCase()];
  if (expression === undefined) throw new RegExpError(`invalid escape sequence: \\${letter}`);
  return classOf(testOf(expression), foldCase, letter !== letter.toLowerCase());
}

/** `alpha` or `^alpha`, as between `[:` and `:]`. */
export function posixClass(name: string, foldCase: boolean): CharTest {
  const key = name.replace(/^\^/, "");
  const expression = Object.hasOwn(POSIX, key) ? POSIX[key] : undefined;
  if (expression === undefined) throw new RegExpError(`invalid character class range: [:${name}:]`);
  return classOf(testOf(expression), foldCase, name.startsWith("^"));
}

/** `pL`, `p{Greek}`, `P{^Lu}`: a general category or a script. */
export function unicodeClass(escape: string, foldCase: boolean): CharTest {
  const name = escape.slice(1).replace(/^\{|\}$/g, "");
  const test = unicodeTest(name.replace(/^\^/, ""));
  return classOf(test, foldCase, escape.startsWith("P") !== name.startsWith("^"));
}

/** The case is folded before the class is turned round: `(?i)[^a]` does not match `A`. */
function classOf(test: CharTest, foldCase: boolean, isNegated: boolean): CharTest {
  const either = foldCase ? folded(test) : test;
  return isNegated ? negated(either) : either;
}

function unicodeTest(name: string): CharTest {
  if (name === "Any") return () => true;
  for (const property of ["gc", "sc"]) {
    const expression = /^\w+$/.test(name) ? propertyTest(`${property}=${name}`) : undefined;
    if (expression !== undefined) return testOf(expression);
  }
  throw new RegExpError(`invalid character class range: \\p{${name}}`);
}

function propertyTest(property: string): RegExp | undefined {
  try {
    return new RegExp(`\\p{${property}}`, "u");
  } catch {
    return undefined; // no such category or script
  }
}
