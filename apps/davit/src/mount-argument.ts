import type { SpecMount } from "@davit/oci";
import { InvalidArgumentError } from "commander";

const KEYS: Readonly<Record<string, "type" | "source" | "destination">> = {
  type: "type",
  src: "source",
  source: "source",
  dst: "destination",
  destination: "destination",
  target: "destination",
};

/**
 * A mount as ctr writes it: `type=bind,src=/host,dst=/container,options=rbind:ro`. Beside that, the type is bind where none is
 * given, and `ro` stands for the option. A part in double quotes may hold commas.
 */
export function parseMount(text: string): SpecMount {
  const options: string[] = [];
  const named: Partial<Record<"type" | "source" | "destination", string>> = {};
  for (const part of fieldsOf(text)) {
    const [, key = part, value] = /^([^=]*)=(.*)$/s.exec(part) ?? [];
    const name = KEYS[key];
    if (value === undefined && (key === "ro" || key === "readonly")) options.push("ro");
    else if (value === undefined)
      throw new InvalidArgumentError(`Invalid mount specification: expected key=val, got "${part}".`);
    else if (key === "options") options.push(...value.split(":").filter((option) => option !== ""));
    else if (name !== undefined) named[name] = value;
    else throw new InvalidArgumentError(`Mount option "${key}" not supported.`);
  }
  const { type = "bind", source, destination } = named;
  if (!destination?.startsWith("/"))
    throw new InvalidArgumentError("A mount needs dst=, an absolute path in the container.");
  if (type === "bind" && !source?.startsWith("/"))
    throw new InvalidArgumentError("A bind mount needs src=, an absolute path on the host.");
  if (type === "bind" && !options.some((option) => option === "bind" || option === "rbind"))
    options.unshift("rbind");
  return { destination, type, ...(source !== undefined && { source }), options };
}

export const collectMount = (
  text: string,
  before: readonly SpecMount[] | undefined,
): readonly SpecMount[] => [...(before ?? []), parseMount(text)];

/** The fields of one record of CSV. */
function fieldsOf(text: string): string[] {
  const fields = text.match(/(?:"(?:[^"]|"")*"|[^,"]*)(?:,|$)/g) ?? [];
  const whole = fields.join("");
  if (whole !== text) throw new InvalidArgumentError("Unbalanced quotes.");
  return fields
    .map((field) => field.replace(/,$/, ""))
    .filter((field) => field !== "")
    .map((field) => (field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field));
}
