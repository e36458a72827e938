const texts = {
  skip: "skip plugin",
  "not found": "plugin: not found",
  multiple: "plugin: multiple instances",
  cycle: "plugin: dependency loop detected",
  duplicate: "plugin: id already registered",
  "invalid requires": "invalid requires",
  "no type": "plugin: no type",
  "no id": "plugin: no id",
} as const;
// Shared by every installed copy, unlike `instanceof`.
const brand = Symbol.for("@davit/plugin.error");
const mark = (error: Error, reason: PluginErrorReason): void => {
  Object.defineProperty(error, brand, { value: reason });
};

/** Why the kernel refused something. */
export type PluginErrorReason = keyof typeof texts;

/** An error of the kernel: `what`, and then the text by which containerd's tools know the reason. */
export class PluginError extends Error {
  readonly reason: PluginErrorReason;
  constructor(reason: PluginErrorReason, what: string, options?: ErrorOptions) {
    super(what ? `${what}: ${texts[reason]}` : texts[reason], options);
    this.name = "PluginError";
    this.reason = reason;
    mark(this, reason);
  }
}

/**
 * Thrown by an `init` whose plugin cannot or need not run here. Tools know it by the words `skip plugin` in its message:
 * they are appended, after a colon, to a message that has them nowhere.
 */
export class SkipPluginError extends Error {
  constructor(message: string = texts.skip, options?: ErrorOptions) {
    super(message.includes(texts.skip) ? message : `${message}: ${texts.skip}`, options);
    this.name = "SkipPluginError";
    mark(this, "skip");
  }
}

/** The reason of the outermost kernel error in the chain of causes. */
export function reasonOf(error: unknown): PluginErrorReason | undefined {
  for (let e = error; e instanceof Error; e = e.cause) if (brand in e) return e[brand] as PluginErrorReason;
  return undefined;
}

/** Whether the error says that a plugin is to be skipped, itself or by one of its causes. */
export const isSkipPlugin = (error: unknown): boolean => reasonOf(error) === "skip";
