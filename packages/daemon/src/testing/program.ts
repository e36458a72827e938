// A daemon of one server, which is slow to start when told so: for tests of the process.
import { runDaemon } from "@davit/daemon";
import { definePlugin } from "@davit/plugin";
import { ServerPlugin } from "@davit/server";

const server = definePlugin({
  type: ServerPlugin,
  id: "test",
  init: () => ({
    address: "nowhere",
    start() {
      // What a server's socket does: it keeps the process.
      setInterval(() => undefined, 60_000);
      return process.env["DAVIT_TEST_HANG"] ? new Promise<void>(() => undefined) : Promise.resolve();
    },
    [Symbol.asyncDispose]: async () => void process.stdout.write("server stopped\n"),
  }),
});

await runDaemon({ name: "test-daemon", version: "1", plugins: [server] });
