/** What a filter consists of; `other` is a character that begins none of these. */
export type TokenKind = "end" | "quoted" | "value" | "field" | "separator" | "operator" | "illegal" | "other";

/** A token with its place in the input (UTF-16 units). */
export interface Token {
  readonly kind: TokenKind;
  readonly start: number;
  readonly text: string;
}

const END = "";
const FIELD = /^[A-Za-z0-9_]$/;
const OPERATOR = /^[=!~]$/;
const SPACE = /^\p{White_Space}$/u;
/** Go's unicode.IsGraphic without the comma; white space is excluded before. */
const VALUE = /^[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}]$/u;
const SIMPLE_ESCAPES = "abfnrtv\\";
const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** Cuts a filter into tokens, with the quirks of containerd's scanner (pkg/filters), on which texts of errors hang. */
export class Scanner {
  readonly #input: string;
  #at = 0;
  /** After an operator anything graphic is a value. */
  #valueNext = false;
  #problem = "";

  constructor(input: string) {
    this.#input = input;
  }

  /** Why the last token was illegal: the first problem met. */
  get problem(): string {
    return this.#problem;
  }

  /** The next character, not consumed, blanks not skipped; `""` at the end. */
  peek(): string {
    const code = this.#input.codePointAt(this.#at);
    return code === undefined ? END : String.fromCodePoint(code);
  }

  /** Where the next character is. */
  get at(): number {
    return this.#at;
  }

  /** Consumes the next token and the blanks before it. */
  scan(): Token {
    while (SPACE.test(this.peek())) this.#next();
    const start = this.#at;
    const kind = this.#scanKind(this.#next());
    return { kind, start, text: this.#input.slice(start, this.#at) };
  }

  #scanKind(char: string): TokenKind {
    if (char === END) return "end";
    if (this.#unreadable(char)) return "illegal";
    if (isQuote(char)) return this.#scanQuoted(char) ? "quoted" : "illegal";
    if (char === "," || char === ".") {
      this.#valueNext = false;
      return "separator";
    }
    if (OPERATOR.test(char)) {
      this.#skip((next) => OPERATOR.test(next));
      this.#valueNext = true;
      return "operator";
    }
    if (this.#valueNext) {
      this.#skip((next) => next !== "," && !SPACE.test(next) && VALUE.test(next));
      this.#valueNext = false;
      return "value";
    }
    if (!FIELD.test(char)) return "other";
    this.#skip((next) => FIELD.test(next));
    return "field";
  }

  #skip(belongs: (char: string) => boolean): void {
    while (belongs(this.peek())) this.#next();
  }

  #next(): string {
    const char = this.peek();
    this.#at += char.length;
    return char;
  }

  /** Consumes up to the closing quote. An illegal escape is noticed, and the rest read all the same. */
  #scanQuoted(quote: string): boolean {
    let legal = true;
    let char = this.#next();
    while (char !== quote) {
      if (this.#unreadable(char) || char === "\n" || char === END) {
        this.#fail("quoted literal not terminated");
        return false;
      }
      if (char === "\\") {
        const escape = this.#scanEscape(quote);
        legal &&= escape.legal;
        char = escape.next;
      } else char = this.#next();
    }
    return legal;
  }

  /** Consumes what follows a backslash. `next` comes after it, or is where an illegal escape was given up. */
  #scanEscape(quote: string): { legal: boolean; next: string } {
    const char = this.#next();
    if (char === quote || (char !== END && SIMPLE_ESCAPES.includes(char)))
      return { legal: true, next: this.#next() };
    if (/^[0-7]$/.test(char)) return this.#scanDigits(/^[0-7]$/, 2);
    const digits = HEX_DIGITS[char];
    if (digits !== undefined) return this.#scanDigits(/^[0-9A-Fa-f]$/, digits);
    if (!this.#unreadable(char)) this.#fail("illegal escape sequence");
    return { legal: false, next: char };
  }

  #scanDigits(digit: RegExp, count: number): { legal: boolean; next: string } {
    for (let i = 0; i < count; i++) {
      const char = this.#next();
      if (digit.test(char)) continue;
      if (!this.#unreadable(char)) this.#fail("illegal numeric escape sequence");
      return { legal: false, next: char };
    }
    return { legal: true, next: this.#next() };
  }

  #unreadable(char: string): boolean {
    if (char === "\0") this.#fail("unexpected null");
    // A lone surrogate reads as U+FFFD in Go, and both are what stands for bytes that are not UTF-8.
    const broken = char === "\ufffd" || /^[\ud800-\udfff]$/.test(char);
    if (broken) this.#fail("rune error");
    return broken || char === "\0";
  }

  #fail(problem: string): void {
    this.#problem ||= problem;
  }
}

/** Characters that quote; `/` and `|` only for regular expressions, which the parser sees to. */
const isQuote = (char: string): boolean => char === '"' || char === "/" || char === "|";
