import { InvalidArgumentError, quote } from "@davit/errdefs";
import { Scanner, type Token } from "./scanner.ts";
import { unquote } from "./unquote.ts";

/** How a field is compared. */
export type Operator = "present" | "==" | "!=" | "~=";

/** One condition of a filter. */
export interface Selector {
  readonly fieldpath: readonly string[];
  readonly operator: Operator;
  readonly value: string;
}

/**
 * Parses the selectors of one filter: `selector *("," selector)`.
 * @throws InvalidArgumentError with containerd's text (pkg/filters parser.go).
 */
export const parseSelectors = (input: string): Selector[] => new Parser(input).selectors();

class Parser {
  readonly #input: string;
  readonly #scanner: Scanner;

  constructor(input: string) {
    this.#input = input;
    this.#scanner = new Scanner(input);
  }

  selectors(): Selector[] {
    const selectors = [this.#selector()];
    for (;;) {
      const next = this.#scanner.peek();
      if (next === "") return selectors;
      if (next !== ",") throw this.#error(this.#scanner.at, `unexpected input: ${next}`);
      this.#scanner.scan();
      selectors.push(this.#selector());
    }
  }

  #selector(): Selector {
    const fieldpath = this.#fieldpath();
    const next = this.#scanner.peek();
    if (next === "" || next === ",") return { fieldpath, operator: "present", value: "" };
    const operator = this.#operator();
    return { fieldpath, operator, value: this.#value(operator === "~=") };
  }

  #fieldpath(): string[] {
    const fields = [this.#field()];
    while (this.#scanner.peek() === ".") {
      this.#scanner.scan();
      fields.push(this.#field());
    }
    return fields;
  }

  #field(): string {
    const token = this.#scanner.scan();
    if (token.kind === "field") return token.text;
    if (token.kind === "quoted") return this.#unquote(token, false);
    throw this.#unexpected(token, "expected field or quoted");
  }

  #operator(): Operator {
    const token = this.#scanner.scan();
    if (token.kind !== "operator") throw this.#unexpected(token, 'expected an operator ("=="|"!="|"~=")');
    if (token.text === "==" || token.text === "!=" || token.text === "~=") return token.text;
    throw this.#error(token.start, `unsupported operator ${quote(token.text)}`);
  }

  #value(isRegExp: boolean): string {
    const token = this.#scanner.scan();
    if (token.kind === "value" || token.kind === "field") return token.text;
    if (token.kind === "quoted") return this.#unquote(token, isRegExp);
    throw this.#unexpected(token, "expected value or quoted");
  }

  #unquote({ start, text }: Token, isRegExp: boolean): string {
    if (!isRegExp && !text.startsWith('"')) throw this.#error(start, "invalid quote encountered");
    const content = unquote(text);
    if (content === undefined) throw this.#error(start, "unquoting failed: quote syntax error");
    return content;
  }

  #unexpected({ kind, start }: Token, expected: string): InvalidArgumentError {
    return this.#error(start, kind === "illegal" ? this.#scanner.problem : expected);
  }

  #error(at: number, reason: string): InvalidArgumentError {
    const code = this.#input.codePointAt(at);
    if (code === undefined)
      return new InvalidArgumentError(`filters: parse error: [${this.#input}]: ${reason}`);
    const char = String.fromCodePoint(code);
    const [before, after] = [this.#input.slice(0, at), this.#input.slice(at + char.length)];
    return new InvalidArgumentError(`filters: parse error: [${before} >|${char}|< ${after}]: ${reason}`);
  }
}
