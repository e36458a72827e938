import { spawn } from "node:child_process";

/** A program that has ended. */
export interface Finished {
  /** The exit code, or null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a program is run. */
export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  /** Milliseconds after which it is killed and an error thrown; default 60,000. */
  readonly timeoutMs?: number;
}

/** Runs a program to its end and collects what it prints. Whatever its exit code, that is an answer. */
export function runQuickly(
  program: string,
  args: readonly string[] = [],
  { env = {}, input, timeoutMs = 60_000 }: RunOptions = {},
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: "pipe" });
    const output = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const)
      child[name].setEncoding("utf8").on("data", (text: string) => (output[name] += text));
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      const said = `${output.stdout}${output.stderr}`;
      reject(new Error(`${program} ${args.join(" ")} has not ended within ${timeoutMs} ms\n${said}`));
    }, timeoutMs);
    child.once("error", reject);
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, ...output });
    });
    // A program that does not read its input closes it.
    child.stdin.on("error", () => undefined).end(input);
  });
}
