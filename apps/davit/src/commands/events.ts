import { toJson, type Message, type Registry } from "@bufbuild/protobuf";
import type { DaemonEvent } from "@davit/client";
import { formatRfc3339 } from "@davit/time";
import { withClient, type GlobalOptions } from "../context.ts";
import { printable } from "../printable.ts";

/** `davit events`: a line per event, until interrupted. */
export const events = (filters: readonly string[], options: GlobalOptions): Promise<void> =>
  withClient(options, async (client, signal) => {
    const { allTypes } = await import("@davit/api");
    const line = options.quiet ? quietLine : options.format === "json" ? jsonLine : textLine;
    for await (const event of client.events({ filters, signal }))
      process.stdout.write(`${line(event, allTypes)}\n`);
    signal.throwIfAborted();
  });

const quietLine = ({ topic }: DaemonEvent): string => printable(topic);

const textLine = ({ timestamp, namespace, topic, event }: DaemonEvent, types: Registry): string =>
  printable(`${formatRfc3339(timestamp)} ${namespace} ${topic} ${JSON.stringify(bodyOf(event, types))}`);

const jsonLine = ({ timestamp, namespace, topic, type, event }: DaemonEvent, types: Registry): string =>
  JSON.stringify({
    timestamp: formatRfc3339(timestamp),
    namespace,
    topic,
    type,
    event: bodyOf(event, types),
  });

/** The event as JSON, with the names of the protocol. What an Any inside holds is shown where its type is known. */
export function bodyOf(event: Message | undefined, types: Registry): unknown {
  const schema = event && types.getMessage(event.$typeName);
  if (event === undefined || schema === undefined) return null;
  try {
    return toJson(schema, event, { registry: types, useProtoFieldName: true });
  } catch {
    // An Any of a type that nobody knows has no JSON.
    return { "@type": event.$typeName };
  }
}
