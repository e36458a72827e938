import type { DescFile, DescMessage, Message } from "@bufbuild/protobuf";
import { nestedTypes } from "@bufbuild/protobuf/reflect";
import { NotFoundError } from "@davit/errdefs";
import { messageName, packAny, typeUrlOf, unpackAny, type Any, type AnyType, type ValueOf } from "./any.ts";

/** The types that Any values are decoded to. Every owner has its own: nothing is registered globally. */
export class TypeRegistry {
  readonly #types = new Map<string, AnyType>();

  /** Types, or whole files of messages. */
  constructor(...types: readonly (AnyType | DescFile)[]) {
    this.registerType(...types);
  }

  /** Adds types, or all messages of files. A later type replaces an earlier one of the same URL. */
  registerType(...types: readonly (AnyType | DescFile)[]): this {
    for (const type of types) for (const each of typesOf(type)) this.#types.set(typeUrlOf(each), each);
    return this;
  }

  /** Whether `decodeAny` knows the type of an Any. */
  knows(any: Any): boolean {
    return this.#find(any.typeUrl) !== undefined;
  }

  /** The type URL of a message or a type, registered or not. */
  typeUrlOf(value: Message | AnyType): string {
    return "$typeName" in value ? value.$typeName : typeUrlOf(value);
  }

  /**
   * Puts a message, whose type is registered, or a value of a given type, into an Any.
   * @throws NotFoundError `type with url <u>` when the message's type is not registered.
   */
  encodeAny(message: Message): Any;
  encodeAny<T extends AnyType>(type: T, value: ValueOf<T>): Any;
  encodeAny(first: Message | AnyType, value?: unknown): Any {
    if (!("$typeName" in first)) return packAny(first, value);
    return packAny(this.#mustFind(first.$typeName) as DescMessage, first);
  }

  /**
   * Takes the value out of an Any: a message (its `$typeName` tells which), or what the JSON says.
   * @throws NotFoundError `type with url <u>` for a type that is not registered, InvalidArgumentError for bytes that
   * are no value of the type.
   */
  decodeAny(any: Any): unknown {
    return unpackAny(any, this.#mustFind(any.typeUrl));
  }

  #find(typeUrl: string): AnyType | undefined {
    const exact = this.#types.get(typeUrl);
    if (exact !== undefined) return exact;
    const message = this.#types.get(messageName(typeUrl));
    return message?.kind === "message" ? message : undefined;
  }

  #mustFind(typeUrl: string): AnyType {
    const type = this.#find(typeUrl);
    if (type === undefined) throw new NotFoundError(`type with url ${typeUrl}`);
    return type;
  }
}

function* typesOf(type: AnyType | DescFile): Iterable<AnyType> {
  if (type.kind !== "file") yield type;
  else for (const nested of nestedTypes(type)) if (nested.kind === "message") yield nested;
}
