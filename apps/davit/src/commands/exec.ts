import { runProcess, type Process } from "@davit/client";
import { isNotFound, NotFoundError, quote } from "@davit/errdefs";
import { withClient, type GlobalOptions } from "../context.ts";
import { ownConsoleSize, ownStdio, takeOver, type ProcessArguments } from "../foreground.ts";

export interface ExecArguments extends ProcessArguments {
  readonly detach?: boolean;
}

/** `davit exec`: returns the exit code of the process. */
export const exec = (
  id: string,
  args: readonly string[],
  options: ExecArguments & GlobalOptions,
): Promise<number> =>
  withClient(options, async (client, signal) => {
    if (options.detach && (options.tty || options.interactive))
      throw new Error("--detach takes neither --tty nor --interactive");
    const container = client.container(id);
    const [spec, task] = await Promise.all([container.spec({ signal }), container.taskIfAny({ signal })]);
    if (task === undefined) throw new NotFoundError(`container ${quote(id)} is not running: its task`);
    const { env, user, workdir: cwd, detach = false, tty = false } = options;
    const stdio = ownStdio(options);
    const like = { user: { uid: 0, gid: 0 }, cwd: "/", ...spec.process, ...(tty && ownConsoleSize()) };
    await using process = await task.exec(like, {
      args,
      env,
      user,
      cwd,
      io: detach ? null : { stdin: stdio.stdin !== undefined, terminal: tty },
      signal,
    });
    if (detach) {
      await process.start({ signal });
      return 0;
    }
    return await inForeground(process, stdio, signal);
  });

async function inForeground(
  process: Process,
  stdio: ReturnType<typeof ownStdio>,
  signal: AbortSignal,
): Promise<number> {
  using foreground = takeOver(stdio);
  try {
    foreground.starting(process);
    return await runProcess(process, { ...stdio, signal }, () => foreground.started(process));
  } finally {
    await process.delete().catch((err: unknown) => {
      if (!isNotFound(err)) throw err;
    });
  }
}
