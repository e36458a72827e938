import manifest from "@davit/davit/package.json" with { type: "json" };
import { withClient, type GlobalOptions } from "../context.ts";
import { printJson } from "../list.ts";
import { printable } from "../printable.ts";

/** `davit version` */
export const version = (options: GlobalOptions): Promise<void> =>
  withClient(options, async (client, signal) => {
    const server = await client.version({ signal });
    const { uuid } = await client.services.introspection.server({}, { signal });
    const facts = { version: server.version, revision: server.revision, uuid };
    if (options.quiet) process.stdout.write(`${server.version}\n`);
    else if (options.format === "json") printJson({ client: { version: manifest.version }, server: facts });
    else process.stdout.write(render(facts));
  });

const render = (server: { version: string; revision: string; uuid: string }): string =>
  `Client:
  Version:   ${manifest.version}

Server:
  Version:   ${printable(server.version)}
  Revision:  ${printable(server.revision) || "-"}
  UUID:      ${printable(server.uuid)}
`;
