import { fromBinary, toBinary, type DescMessage, type Message, type MessageShape } from "@bufbuild/protobuf";
import { InvalidArgumentError, quote } from "@davit/errdefs";

/** A value with the name of its type; `google.protobuf.Any` of protobuf-es is one. */
export interface Any {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

declare const shape: unique symbol;

/** A type whose values are JSON in an Any, as the OCI runtime spec. Made by `jsonType`. */
export interface JsonType<T> {
  readonly kind: "json";
  readonly typeUrl: string;
  /** Only for the compiler. */
  readonly [shape]?: T;
}

/** A type that an Any may hold: the descriptor of a message, or a JSON type. */
export type AnyType = DescMessage | JsonType<unknown>;

/** The values of a type. */
export type ValueOf<T extends AnyType> = T extends DescMessage
  ? MessageShape<T>
  : T extends JsonType<infer V>
    ? V
    : never;

/** Names a JSON type. Its values are taken as they come: whoever needs certainty checks them. */
export const jsonType = <T>(typeUrl: string): JsonType<T> => ({ kind: "json", typeUrl });

/** The type URL of a type: of a message its full name, without a slash, as containerd writes it. */
export const typeUrlOf = (type: AnyType): string => (type.kind === "json" ? type.typeUrl : type.typeName);

/** Whether an Any holds a value of `type`. A message is known by what follows the last slash, a JSON type by all. */
export function isAnyOf(any: Any, type: AnyType): boolean {
  const name = type.kind === "json" ? any.typeUrl : messageName(any.typeUrl);
  return name === typeUrlOf(type);
}

/** The full name of a message in a type URL: with or without `type.googleapis.com/` or another prefix. */
export const messageName = (typeUrl: string): string => typeUrl.slice(typeUrl.lastIndexOf("/") + 1);

/** Puts a value into an Any. */
export function packAny<T extends AnyType>(type: T, value: ValueOf<T>): Any {
  const bytes =
    type.kind === "json" ? new TextEncoder().encode(JSON.stringify(value)) : toBinary(type, value as Message);
  return { typeUrl: typeUrlOf(type), value: bytes };
}

/**
 * Takes a value of `type` out of an Any.
 * @throws InvalidArgumentError when the Any holds another type, or bytes that are no value of it.
 */
export function unpackAny<T extends AnyType>(any: Any, type: T): ValueOf<T> {
  if (!isAnyOf(any, type))
    throw new InvalidArgumentError(`type url ${quote(any.typeUrl)} is not ${quote(typeUrlOf(type))}`);
  try {
    const value: unknown =
      type.kind === "json"
        ? JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(any.value))
        : fromBinary(type, any.value);
    return value as ValueOf<T>;
  } catch (err) {
    throw new InvalidArgumentError(`failed to decode ${quote(any.typeUrl)}`, { cause: err });
  }
}
