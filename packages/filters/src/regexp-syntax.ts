import {
  classEscape,
  charRange,
  folded,
  negated,
  posixClass,
  RegExpError,
  unicodeClass,
  type CharTest,
} from "./regexp-class.ts";

export { RegExpError, type CharTest } from "./regexp-class.ts";

/** Says whether a place between two characters (undefined at either end) is such a place. */
export type Assertion = (before: number | undefined, after: number | undefined) => boolean;

/** What an expression consists of. */
export type Node =
  | { readonly kind: "char"; readonly test: CharTest }
  | { readonly kind: "assert"; readonly assertion: Assertion }
  | { readonly kind: "all" | "any"; readonly nodes: readonly Node[] }
  | { readonly kind: "repeat"; readonly node: Node; readonly min: number; readonly max: number };

/** RE2's limits on `{n}` and on nested groups. */
const MAX_REPEAT = 1000;
const MAX_DEPTH = 1000;

/** Longer expressions are refused, in UTF-16 units. */
const MAX_PATTERN = 16_384;

const NEWLINE = 10;
const isWord = (char: number | undefined): boolean =>
  char !== undefined && /^\w$/.test(String.fromCodePoint(char));
const atStart: Assertion = (before) => before === undefined;
const atEnd: Assertion = (_before, after) => after === undefined;
const atLineStart: Assertion = (before) => before === undefined || before === NEWLINE;
const atLineEnd: Assertion = (_before, after) => after === undefined || after === NEWLINE;
const atWordEdge: Assertion = (before, after) => isWord(before) !== isWord(after);
const insideWord: Assertion = (before, after) => isWord(before) === isWord(after);

const ASSERTION_ESCAPES: Readonly<Record<string, Assertion>> = {
  A: atStart,
  z: atEnd,
  b: atWordEdge,
  B: insideWord,
};

/** How often something may come. */
interface Repeat {
  readonly min: number;
  readonly max: number;
}

interface Flags {
  readonly foldCase: boolean;
  readonly multiLine: boolean;
  readonly dotAll: boolean;
}

/**
 * Parses an expression in RE2's syntax (Go regexp/syntax, Perl flags). Laziness (`a*?`) makes no difference to whether
 * there is a match, and is read over.
 * @throws RegExpError on what RE2 refuses: look-around, back references, and whatever is malformed.
 */
export function parseRegExp(pattern: string): Node {
  if (pattern.length > MAX_PATTERN) throw new RegExpError("expression too large");
  const parser = new Parser(pattern);
  const node = parser.alternatives({ foldCase: false, multiLine: false, dotAll: false }, 0);
  parser.expectEnd();
  return node;
}

class Parser {
  readonly #pattern: string;
  readonly #names = new Set<string>();
  #at = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  expectEnd(): void {
    if (this.#at < this.#pattern.length) throw new RegExpError("unexpected )");
  }

  /** Everything up to a closing parenthesis or the end. */
  alternatives(outer: Flags, depth: number): Node {
    if (depth > MAX_DEPTH) throw new RegExpError("expression nests too deeply");
    let flags = outer;
    let branch: Node[] = [];
    const branches = [branch];
    while (this.#at < this.#pattern.length && !this.#pattern.startsWith(")", this.#at)) {
      const changes = this.#match(/\(\?([imsU]*(?:-[imsU]+)?)\)/y);
      const repeat = changes === undefined ? this.#repetition() : undefined;
      if (changes !== undefined) flags = changeFlags(flags, changes);
      else if (repeat !== undefined) branch.push(this.#repeated(branch.pop(), repeat));
      else if (this.#take("|")) branches.push((branch = []));
      else branch.push(...this.#atoms(flags, depth));
    }
    return { kind: "any", nodes: branches.map((nodes): Node => ({ kind: "all", nodes })) };
  }

  /** One atom, or the characters between `\Q` and `\E`, of which a repetition takes the last. */
  #atoms(flags: Flags, depth: number): Node[] {
    const verbatim = this.#match(/\\Q([^]*?)(?:\\E|$)/y);
    if (verbatim === undefined) return [this.#atom(flags, depth)];
    return Array.from(verbatim, (char) => literal(char, flags));
  }

  #atom(flags: Flags, depth: number): Node {
    const char = this.#next();
    switch (char) {
      case "(":
        return this.#group(flags, depth);
      case "[":
        return { kind: "char", test: this.#class(flags) };
      case ".":
        return { kind: "char", test: flags.dotAll ? () => true : (c) => c !== NEWLINE };
      case "^":
        return { kind: "assert", assertion: flags.multiLine ? atLineStart : atStart };
      case "$":
        return { kind: "assert", assertion: flags.multiLine ? atLineEnd : atEnd };
      case "\\":
        return this.#escape(flags);
      default:
        return literal(char, flags);
    }
  }

  #escape(flags: Flags): Node {
    const assertion = ASSERTION_ESCAPES[this.#match(/([AzbB])/y) ?? ""];
    if (assertion !== undefined) return { kind: "assert", assertion };
    const test = this.#classEscape(flags);
    return test === undefined ? literal(this.#charEscape(), flags) : { kind: "char", test };
  }

  /** `\d`, `\pL`, `\p{Greek}` and their like, after the backslash; undefined when something else follows. */
  #classEscape({ foldCase }: Flags): CharTest | undefined {
    const letter = this.#match(/([dDsSwW])/y);
    if (letter !== undefined) return classEscape(letter, foldCase);
    const name = this.#match(/([pP](?:\{[^}]*\}|[^{]))/y);
    return name === undefined ? undefined : unicodeClass(name, foldCase);
  }

  /** One character written as an escape, after the backslash. */
  #charEscape(): string {
    const hex = this.#match(/x\{([0-9A-Fa-f]+)\}/y) ?? this.#match(/x([0-9A-Fa-f]{2})/y);
    if (hex !== undefined) return fromCode(parseInt(hex, 16));
    // A single digit other than 0 would be a back reference.
    const octal = this.#match(/(0[0-7]{0,2}|[1-7][0-7]{1,2})/y);
    if (octal !== undefined) return fromCode(parseInt(octal, 8));
    const other = this.#match(/([afnrtv]|[^0-9A-Za-z\u0080-\uffff])/y);
    if (other === undefined) throw new RegExpError("invalid escape sequence");
    return CONTROL[other] ?? other;
  }

  #group(outer: Flags, depth: number): Node {
    const name = this.#match(/\?P?<([A-Za-z0-9_]+)>/y);
    if (name !== undefined) {
      if (this.#names.has(name)) throw new RegExpError("duplicate capture group name");
      this.#names.add(name);
    }
    const changes = this.#match(/\?([imsU]*(?:-[imsU]+)?):/y);
    if (name === undefined && changes === undefined && this.#take("?"))
      throw new RegExpError("invalid or unsupported Perl syntax");
    const node = this.alternatives(changeFlags(outer, changes ?? ""), depth + 1);
    if (!this.#take(")")) throw new RegExpError("missing closing )");
    return node;
  }

  #repeated(node: Node | undefined, repeat: Repeat): Node {
    if (node === undefined) throw new RegExpError("missing argument to repetition operator");
    if (this.#repetition() !== undefined) throw new RegExpError("invalid nested repetition operator");
    return { kind: "repeat", node, ...repeat };
  }

  #repetition(): Repeat | undefined {
    const operator = this.#match(/([*+?])\??/y);
    if (operator !== undefined)
      return { min: operator === "+" ? 1 : 0, max: operator === "?" ? 1 : Infinity };
    const range = this.#match(/\{((?:0|[1-9]\d*)(?:,(?:0|[1-9]\d*)?)?)\}\??/y);
    if (range === undefined) return undefined;
    const [low = "", high = low] = range.split(",");
    const [min, max] = [Number(low), high === "" ? Infinity : Number(high)];
    if (min > MAX_REPEAT || (max !== Infinity && max > MAX_REPEAT) || min > max)
      throw new RegExpError("invalid repeat count");
    return { min, max };
  }

  /** A bracket expression, after its opening bracket. */
  #class(flags: Flags): CharTest {
    const isNegated = this.#take("^");
    const tests = [this.#classItem(flags)];
    while (!this.#take("]")) tests.push(this.#classItem(flags));
    const test: CharTest = (char) => tests.some((each) => each(char));
    return isNegated ? negated(test) : test;
  }

  #classItem(flags: Flags): CharTest {
    const name = this.#match(/\[:([^]*?):\]/y);
    if (name !== undefined) return posixClass(name, flags.foldCase);
    const low = this.#classChar(flags);
    if (typeof low === "function") return low;
    const isRange = /^-[^\]]/.test(this.#pattern.slice(this.#at, this.#at + 2));
    if (isRange) this.#at++;
    const high = isRange ? this.#classChar(flags) : low;
    if (typeof high === "function" || low > high) throw new RegExpError("invalid character class range");
    return flags.foldCase ? folded(charRange(low, high)) : charRange(low, high);
  }

  /** A character of a bracket expression, or the test of a class escape. */
  #classChar(flags: Flags): number | CharTest {
    const char = this.#next();
    if (char !== "\\") return codeOf(char);
    return this.#classEscape(flags) ?? codeOf(this.#charEscape());
  }

  #take(char: string): boolean {
    const found = this.#pattern.startsWith(char, this.#at);
    if (found) this.#at += char.length;
    return found;
  }

  #next(): string {
    const code = this.#pattern.codePointAt(this.#at);
    if (code === undefined) throw new RegExpError("unexpected end of the expression");
    const char = String.fromCodePoint(code);
    this.#at += char.length;
    return char;
  }

  /** Consumes what a sticky expression finds here; its first group, or undefined when it finds nothing. */
  #match(sticky: RegExp): string | undefined {
    sticky.lastIndex = this.#at;
    const match = sticky.exec(this.#pattern);
    if (match === null) return undefined;
    this.#at += match[0].length;
    return match[1] ?? "";
  }
}

const CONTROL: Readonly<Record<string, string>> = { a: "\x07", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };

const codeOf = (char: string): number => char.codePointAt(0) ?? 0;

function fromCode(code: number): string {
  if (code > 0x10ffff) throw new RegExpError("invalid escape sequence");
  return String.fromCodePoint(code);
}

function literal(char: string, flags: Flags): Node {
  const test = charRange(codeOf(char), codeOf(char));
  return { kind: "char", test: flags.foldCase ? folded(test) : test };
}

function changeFlags(flags: Flags, text: string): Flags {
  const [on = "", off = ""] = text.split("-");
  const changed = (flag: string, now: boolean): boolean => (on.includes(flag) || now) && !off.includes(flag);
  return {
    foldCase: changed("i", flags.foldCase),
    multiLine: changed("m", flags.multiLine),
    dotAll: changed("s", flags.dotAll),
  };
}
