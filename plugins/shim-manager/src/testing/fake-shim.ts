import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import { DeleteResponseSchema, Task } from "@davit/api/runtime/task-v3";
import { Task as TaskV2 } from "@davit/api/runtime/task-v2";
import { toTimestamp } from "@davit/time";
import { Server, type ServiceImpl } from "ttrpc-node";

/** What a shim's commands do; each is a line of sh, `$dir` is the folder of the script. */
export interface FakeCommands {
  readonly start?: string;
  readonly delete?: string;
  readonly info?: string;
}

/**
 * Writes a shim of sh. It notes every call in `<folder>/calls`: the command, its argv, cwd and environment, and stdin in
 * `<folder>/<command>.stdin`.
 */
export async function fakeShim(
  folder: string,
  commands: FakeCommands,
  name = "containerd-shim-fake-v1",
): Promise<string> {
  const path = join(folder, name);
  const script = `#!/bin/sh
dir='${folder}'
for last; do :; done
echo "$last $0 $*" >> "$dir/calls"
env > "$dir/$last.env"
pwd > "$dir/$last.cwd"
[ "$last" = delete ] || cat > "$dir/$last.stdin"
case "$last" in
start) ${commands.start ?? "exit 1"} ;;
delete) ${commands.delete ?? `cat "$dir/deleted"`} ;;
-info) ${commands.info ?? "exit 1"} ;;
esac
`;
  await writeFile(path, script);
  await chmod(path, 0o755);
  await writeFile(join(folder, "deleted"), deleteResponse());
  return path;
}

/** The exit that a fake shim's `delete` tells. */
export const FAKE_EXIT = { pid: 42, status: 137, exitedAt: 1_700_000_000_000_000_005n } as const;

function deleteResponse(): Uint8Array {
  const { pid, status: exitStatus, exitedAt } = FAKE_EXIT;
  return toBinary(
    DeleteResponseSchema,
    create(DeleteResponseSchema, { pid, exitStatus, exitedAt: toTimestamp(exitedAt) }),
  );
}

/** A task service on a socket, of either version. */
export async function serveTask(
  path: string,
  methods: ServiceImpl<typeof Task>,
  version: 2 | 3 = 3,
): Promise<Server> {
  const server = new Server();
  if (version === 3) server.addService(Task, methods);
  else server.addService(TaskV2, methods as unknown as ServiceImpl<typeof TaskV2>);
  await server.listen(path);
  return server;
}
