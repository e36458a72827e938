// A program that has nothing to do with containers: an SMTP server whose every part is a plugin.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createConnection, createServer, type AddressInfo, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { test } from "node:test";
import * as v from "valibot";
import {
  definePlugin,
  plugin,
  pluginType,
  requires,
  requiresAll,
  SkipPluginError,
  startPlugins,
  type InitContext,
  type Plugin,
  type PluginType,
} from "@davit/plugin";

interface Mail {
  readonly from: string;
  readonly to: string;
  readonly body: string;
}
interface Mailbox {
  add(mail: Mail): void;
  list(): readonly Mail[];
}
/** Says why a mail is refused. */
type MailFilter = (mail: Mail) => string | undefined;
interface MailServer {
  readonly port: number;
  start(): Promise<void>;
}

const MailboxPlugin: PluginType<Mailbox> = pluginType("example.mail.box.v1");
const FilterPlugin: PluginType<MailFilter> = pluginType("example.mail.filter.v1");
const ServerPlugin: PluginType<MailServer> = pluginType("example.mail.server.v1");

const memoryBox = definePlugin({
  type: MailboxPlugin,
  id: "memory",
  init: () => {
    const mails: Mail[] = [];
    return { add: (mail) => void mails.push(mail), list: () => mails };
  },
});
const spam = definePlugin({
  type: FilterPlugin,
  id: "spam",
  config: v.object({ words: v.optional(v.array(v.string()), ["lottery"]) }),
  init:
    ({ config }) =>
    (mail) =>
      config.words.some((word) => mail.body.includes(word)) ? "looks like spam" : undefined,
});
const virus = definePlugin({
  type: FilterPlugin,
  id: "virus",
  init: () => {
    throw new SkipPluginError("no scanner installed");
  },
});

const ServerConfig = v.object({ greeting: v.optional(v.string(), "mail.example") });

@plugin({ type: ServerPlugin, id: "smtp", config: ServerConfig })
class SmtpServer implements Plugin<MailServer> {
  readonly #box: Mailbox;
  readonly #filters: ReadonlyMap<string, MailFilter>;
  constructor(
    @requires(MailboxPlugin) box: Mailbox,
    @requiresAll(FilterPlugin) filters: ReadonlyMap<string, MailFilter>,
  ) {
    this.#box = box;
    this.#filters = filters;
  }
  init({ config, effect }: InitContext<v.InferOutput<typeof ServerConfig>>): MailServer & AsyncDisposable {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      void this.#serve(socket, config.greeting);
    });
    effect(() => () => sockets.forEach((socket) => socket.destroy()));
    return {
      get port() {
        return (server.address() as AddressInfo).port;
      },
      async start() {
        await once(server.listen(0, "127.0.0.1"), "listening");
      },
      async [Symbol.asyncDispose]() {
        server.close();
        sockets.forEach((socket) => socket.end());
        await once(server, "close");
      },
    };
  }
  async #serve(socket: Socket, greeting: string): Promise<void> {
    socket.write(`220 ${greeting}\r\n`);
    let [from, to] = ["", ""];
    let body: string[] | undefined;
    for await (const line of createInterface(socket)) {
      if (body && line !== ".") body.push(line);
      else if (body) {
        socket.write(`${this.#deliver({ from, to, body: body.join("\n") })}\r\n`);
        body = undefined;
      } else if (line === "DATA") socket.write(((body = []), "354 go on\r\n"));
      else if (line === "QUIT") return void socket.end("221 bye\r\n");
      else {
        if (line.startsWith("MAIL FROM:")) from = line.slice(10);
        if (line.startsWith("RCPT TO:")) to = line.slice(8);
        socket.write("250 ok\r\n");
      }
    }
  }
  #deliver(mail: Mail): string {
    for (const [id, filter] of this.#filters) {
      const why = filter(mail);
      if (why) return `550 ${id}: ${why}`;
    }
    this.#box.add(mail);
    return "250 delivered";
  }
}

async function send(port: number, body: string): Promise<string[]> {
  const socket = createConnection(port, "127.0.0.1");
  socket.write(["HELO me", "MAIL FROM:<a@x>", "RCPT TO:<b@y>", "DATA", body, ".", "QUIT", ""].join("\r\n"));
  return Array.fromAsync(createInterface(socket));
}

test("the kernel runs a mail server made of plugins", async () => {
  const set = await startPlugins({
    plugins: [SmtpServer, spam, virus, memoryBox],
    root: "/nowhere",
    state: "/nowhere",
    config: { "example.mail.server.v1.smtp": { greeting: "davit.example" } },
  });
  for (const { instance } of set.loaded())
    if (instance instanceof Object && "start" in instance) await (instance as MailServer).start();
  const { port } = set.lookUp(ServerPlugin);
  assert.deepEqual(await send(port, "hello"), [
    "220 davit.example",
    "250 ok",
    "250 ok",
    "250 ok",
    "354 go on",
    "250 delivered",
    "221 bye",
  ]);
  assert.equal((await send(port, "you won the lottery")).at(-2), "550 spam: looks like spam");
  assert.deepEqual(set.lookUp(MailboxPlugin).list(), [{ from: "<a@x>", to: "<b@y>", body: "hello" }]);
  assert.deepEqual(
    set.infos().map(({ id, state }) => `${id}: ${state}`),
    ["memory: loaded", "spam: loaded", "virus: skipped", "smtp: loaded"],
  );
  await set[Symbol.asyncDispose]();
  await assert.rejects(once(createConnection(port, "127.0.0.1"), "connect"), { code: "ECONNREFUSED" });
});
