import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { setTimeout } from "node:timers/promises";
import { runQuickly, type Finished } from "@davit/test-support";

/** What one `ctr` needs to know. */
export interface CtrOptions {
  readonly program: string;
  readonly address: string;
  readonly namespace: string;
  /** A private directory, for targets of mounts and the like. */
  readonly directory: string;
  /** A private directory for FIFOs of containers that stay. */
  readonly fifoDir: string;
}

/** How a command is run. */
export interface CommandOptions {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  /** On a terminal of its own, by util-linux's `script`; its output is then one stream. Without `input`. */
  readonly tty?: boolean;
  readonly namespace?: string;
  readonly timeoutMs?: number;
}

/** A command that goes on while others run. */
export interface Background {
  readonly pid: number;
  /** What it has printed so far. */
  readonly output: { readonly stdout: string; readonly stderr: string };
  readonly finished: Promise<Finished>;
  /** Waits until its standard output matches. @throws Error with all output after 10 s. */
  shows(pattern: RegExp): Promise<void>;
  /** Types on its terminal. */
  send(text: string): void;
  /** Waits for the end. @throws Error when that is late. */
  ends(withinMs: number): Promise<Finished>;
  /** Sends a signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<Finished>;
}

const TIMEOUT_MS = 30_000;
const WAIT_MS = 10_000;
const POLL_MS = 20;
/** Otherwise each command of the newest ctr says on a host with cgroup v1 that this is deprecated. */
const QUIET = { CONTAINERD_SUPPRESS_DEPRECATION_WARNINGS: "1" };

/** An unmodified `ctr` at one daemon and in one namespace. Disposing it ends its background commands. */
export class Ctr implements AsyncDisposable {
  readonly options: CtrOptions;
  readonly #running = new Set<Background>();

  constructor(options: CtrOptions) {
    this.options = options;
  }

  #args(args: readonly string[], namespace = this.options.namespace): string[] {
    return ["--address", this.options.address, "--namespace", namespace, ...args];
  }

  /** Runs a command to its end. Whatever its exit code, that is an answer. */
  async run(args: readonly string[], options: CommandOptions = {}): Promise<Finished> {
    const { input, env, tty, namespace, timeoutMs = TIMEOUT_MS } = options;
    if (tty === true) return this.background(args, options).ends(timeoutMs);
    return runQuickly(this.options.program, this.#args(args, namespace), {
      env: { ...QUIET, ...env },
      timeoutMs,
      ...(input !== undefined && { input }),
    });
  }

  /** Runs a command that has to succeed. @returns its standard output. @throws Error with what it printed. */
  async out(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(args);
    if (code !== 0)
      throw new Error(`ctr ${args.join(" ")}: exit code ${code}\n${stdout.slice(-500)}${stderr}`);
    return stdout;
  }

  /** Runs a command again and again until its standard output matches. @throws Error after 10 s. */
  async until(pattern: RegExp, ...args: string[]): Promise<Finished> {
    for (const end = Date.now() + WAIT_MS; ; await setTimeout(POLL_MS)) {
      const finished = await this.run(args);
      if (pattern.test(finished.stdout)) return finished;
      if (Date.now() > end)
        throw new Error(
          `ctr ${args.join(" ")} does not show ${String(pattern)}\n${finished.stdout}${finished.stderr}`,
        );
    }
  }

  /** Starts a command and returns while it runs. */
  background(args: readonly string[], { env, tty = false, namespace }: CommandOptions = {}): Background {
    const command = [this.options.program, ...this.#args(args, namespace)];
    const [program = "", ...rest] = tty ? onTerminal(command) : command;
    const child = spawn(program, rest, { env: { ...process.env, ...QUIET, ...env }, stdio: "pipe" });
    if (!tty) child.stdin.end();
    const background = backgroundOf(child, args);
    this.#running.add(background);
    void background.finished.finally(() => this.#running.delete(background));
    return background;
  }

  /** Ends every task and removes every container of the namespace, as far as that can be done. */
  async clear(): Promise<void> {
    const names = async (...args: string[]) => (await this.run(args)).stdout.split("\n").filter(Boolean);
    for (const id of await names("tasks", "ls", "-q")) await this.run(["tasks", "rm", "--force", id]);
    for (const id of await names("containers", "ls", "-q")) await this.run(["containers", "rm", id]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#running].map((command) => command.stop("SIGKILL")));
  }
}

function backgroundOf(child: ChildProcessWithoutNullStreams, args: readonly string[]): Background {
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].setEncoding("utf8").on("data", (text: string) => (output[name] += text));
  const finished = new Promise<Finished>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, ...output }));
  });
  const late = (what: string) => new Error(`ctr ${args.join(" ")} ${what}\n${output.stdout}${output.stderr}`);
  return {
    pid: child.pid ?? 0,
    output,
    finished,
    async shows(pattern) {
      for (const end = Date.now() + WAIT_MS; !pattern.test(output.stdout); await setTimeout(POLL_MS))
        if (Date.now() > end || child.exitCode !== null) throw late(`has not shown ${String(pattern)}`);
    },
    send: (text) => void child.stdin.write(text),
    async ends(withinMs) {
      const timer = globalThis.setTimeout(() => child.kill("SIGKILL"), withinMs);
      const end = await finished;
      clearTimeout(timer);
      if (end.signal === "SIGKILL") throw late(`has not ended within ${withinMs} ms`);
      return end;
    },
    stop(signal = "SIGTERM") {
      child.kill(signal);
      return finished;
    },
  };
}

/** Wraps a command so that it finds a terminal of 80 columns: `script` gives it one, and passes on its exit code. */
function onTerminal(command: readonly string[]): string[] {
  const quoted = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  return ["script", "-qec", `stty cols 80 rows 24 -echo; exec ${quoted}`, "/dev/null"];
}
