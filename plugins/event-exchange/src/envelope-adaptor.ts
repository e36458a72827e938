import { fromBinary, type Message } from "@bufbuild/protobuf";
import { reflect, type ReflectMessage } from "@bufbuild/protobuf/reflect";
import { eventRegistry } from "@davit/api";
import type { Envelope } from "@davit/events";
import type { Adaptor } from "@davit/filters";

/**
 * How filters see an envelope: `namespace`, `topic`, and `event.<field>` of events whose type is known, decoded once and
 * only when a filter asks.
 */
export function adaptorOf(envelope: Envelope): Adaptor {
  let decoded: ReflectMessage | undefined | null = null;
  return ([first = "", ...rest]) => {
    if (first === "namespace") return envelope.namespace || undefined;
    if (first === "topic") return envelope.topic || undefined;
    if (first !== "event") return undefined;
    if (decoded === null) decoded = decode(envelope);
    return decoded && fieldOf(decoded, rest);
  };
}

/** The event; undefined when its type is unknown, or its bytes are no value of it. */
function decode({ event }: Envelope): ReflectMessage | undefined {
  if (event === undefined) return undefined;
  const schema = eventRegistry.getMessage(event.typeUrl.slice(event.typeUrl.lastIndexOf("/") + 1));
  if (schema === undefined) return undefined;
  let message: Message;
  try {
    message = fromBinary(schema, event.value);
  } catch {
    // The event is not checked when it is published; a filter on its fields does not match it.
    return undefined;
  }
  return reflect(schema, message);
}

/** A field by the names of the .proto file: strings, string maps, and those of messages within. Empty is absent. */
function fieldOf(message: ReflectMessage, [name = "", ...rest]: readonly string[]): string | undefined {
  const field = message.fields.find((each) => each.name === name);
  if (field === undefined) return undefined;
  if (field.fieldKind === "message")
    return message.isSet(field) ? fieldOf(message.get(field), rest) : undefined;
  if (field.fieldKind === "map") {
    const value: unknown = message.get(field).get(rest.join("."));
    return typeof value === "string" ? value : undefined;
  }
  if (field.fieldKind !== "scalar") return undefined;
  const value = message.get(field);
  return typeof value === "string" && value !== "" ? value : undefined;
}
