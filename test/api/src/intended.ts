import type { Plain } from "./plain.ts";
import type { Finding } from "./play.ts";

/** A difference that is meant, and why. */
export interface Intended {
  readonly why: string;
  /** Of which scenarios; default any. */
  readonly scenario?: RegExp;
  /** Of which steps; default any. */
  readonly step?: RegExp;
  /** Where in the answer; default anywhere. */
  readonly path?: RegExp;
  /** What containerd has there, as JSON; `undefined` when it has nothing. Default anything. */
  readonly theirs?: RegExp;
  readonly ours?: RegExp;
}

/** Takes the intended differences out of the findings, and knows which of them were never met. */
export class IntendedDifferences {
  readonly #table: readonly Intended[];
  readonly #met = new Set<Intended>();

  constructor(table: readonly Intended[]) {
    this.#table = table;
  }

  /** The findings that nobody intended. */
  unintended(findings: readonly Finding[]): Finding[] {
    return findings.filter((finding) => {
      const entries = this.#table.filter((intended) => matches(intended, finding));
      for (const entry of entries) this.#met.add(entry);
      return entries.length === 0;
    });
  }

  /** The entries that matched nothing: they hide what may come. */
  get unmet(): readonly Intended[] {
    return this.#table.filter((entry) => !this.#met.has(entry));
  }
}

function matches(intended: Intended, finding: Finding): boolean {
  const pairs: readonly [RegExp | undefined, string][] = [
    [intended.scenario, finding.scenario],
    [intended.step, finding.step],
    [intended.path, finding.path],
    [intended.theirs, text(finding.theirs)],
    [intended.ours, text(finding.ours)],
  ];
  return pairs.every(([pattern, value]) => pattern === undefined || pattern.test(value));
}

const text = (value: Plain | undefined): string =>
  value === undefined ? "undefined" : JSON.stringify(value);
