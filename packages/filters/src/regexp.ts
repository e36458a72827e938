import { parseRegExp, RegExpError, type Assertion, type CharTest, type Node } from "./regexp-syntax.ts";

export { RegExpError } from "./regexp-syntax.ts";

/** Says whether an expression is found anywhere in a text. */
export type Matcher = (text: string) => boolean;

/** Larger programs are refused, so that one match stays a matter of milliseconds. */
const MAX_INSTRUCTIONS = 4096;

type Instruction =
  | { readonly op: "char"; readonly test: CharTest }
  | { readonly op: "assert"; readonly assertion: Assertion }
  | { readonly op: "split"; to: number }
  | { readonly op: "jump"; to: number };

/**
 * Compiles an expression in RE2's syntax, which is that of containerd's `~=`. JavaScript's own expressions would accept
 * other patterns and could take exponential time, stopping the daemon; this simulates an automaton, in time
 * proportional to the length of the text times that of the expression (R. Cox, "Regular Expression Matching: the
 * Virtual Machine Approach").
 * @throws RegExpError when RE2 would refuse the expression, or when it is too large.
 */
export function compileRegExp(pattern: string): Matcher {
  const program: Instruction[] = [];
  emit(parseRegExp(pattern), program);
  return (text) =>
    run(
      program,
      Array.from(text, (char) => char.codePointAt(0) ?? 0),
    );
}

function emit(node: Node, program: Instruction[]): void {
  if (program.length > MAX_INSTRUCTIONS) throw new RegExpError("expression too large");
  switch (node.kind) {
    case "char":
      program.push({ op: "char", test: node.test });
      break;
    case "assert":
      program.push({ op: "assert", assertion: node.assertion });
      break;
    case "all":
      for (const each of node.nodes) emit(each, program);
      break;
    case "any":
      emitAlternatives(node.nodes, program);
      break;
    case "repeat":
      emitTimes(node.node, node.min, program);
      if (node.max === Infinity) emitStar(node.node, program);
      else emitOptional(node.node, node.max - node.min, program);
  }
}

function emitAlternatives(nodes: readonly Node[], program: Instruction[]): void {
  const jumps: { to: number }[] = [];
  for (const [index, node] of nodes.entries()) {
    const last = index === nodes.length - 1;
    const split = { op: "split" as const, to: 0 };
    if (!last) program.push(split);
    emit(node, program);
    if (last) break;
    const jump = { op: "jump" as const, to: 0 };
    program.push(jump);
    jumps.push(jump);
    split.to = program.length;
  }
  for (const jump of jumps) jump.to = program.length;
}

function emitTimes(node: Node, times: number, program: Instruction[]): void {
  for (let i = 0; i < times; i++) {
    const before = program.length;
    emit(node, program);
    // Nothing, a thousand times, within nothing, a thousand times …
    if (program.length === before) return;
  }
}

function emitStar(node: Node, program: Instruction[]): void {
  const start = program.length;
  const split = { op: "split" as const, to: 0 };
  program.push(split);
  emit(node, program);
  program.push({ op: "jump", to: start });
  split.to = program.length;
}

function emitOptional(node: Node, times: number, program: Instruction[]): void {
  const splits: { to: number }[] = [];
  for (let i = 0; i < times; i++) {
    const split = { op: "split" as const, to: 0 };
    program.push(split);
    splits.push(split);
    emit(node, program);
  }
  for (const split of splits) split.to = program.length;
}

/** Follows all threads at once; each instruction is in the list of a position at most once. */
function run(program: readonly Instruction[], text: readonly number[]): boolean {
  const seenAt = new Int32Array(program.length + 1).fill(-1);
  let threads: CharTest[] = [];
  let waiting: number[] = [];
  const follow = (from: number, at: number): boolean => {
    const stack = [from];
    for (let pc = stack.pop(); pc !== undefined; pc = stack.pop()) {
      if (seenAt[pc] === at) continue;
      seenAt[pc] = at;
      const instruction = program[pc];
      if (instruction === undefined) return true;
      if (instruction.op === "char") {
        threads.push(instruction.test);
        waiting.push(pc + 1);
      } else if (instruction.op === "assert") {
        if (instruction.assertion(text[at - 1], text[at])) stack.push(pc + 1);
      } else {
        if (instruction.op === "split") stack.push(pc + 1);
        stack.push(instruction.to);
      }
    }
    return false;
  };
  if (follow(0, 0)) return true;
  for (const [index, char] of text.entries()) {
    const [tests, next] = [threads, waiting];
    [threads, waiting] = [[], []];
    for (const [i, test] of tests.entries()) if (test(char) && follow(next[i] ?? 0, index + 1)) return true;
    // The expression may begin anywhere.
    if (follow(0, index + 1)) return true;
  }
  return false;
}
