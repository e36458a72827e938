import { InvalidArgumentError, quote } from "@davit/errdefs";
import { hostPlatform } from "./host.ts";
import { makePlatform, normalizeArchitecture, normalizeOs, type Platform } from "./platform.ts";

const COMPONENT = /^[A-Za-z0-9_.-]+$/;
const OS_COMPONENT = /^([A-Za-z0-9_-]+)(?:\(([A-Za-z0-9_.%-]*)((?:\+[A-Za-z0-9_.%-]+)*)\))?$/;

/** What Go can be built for (go/build syslist.go): the words that a platform of one word may be. */
const knownOperatingSystems: ReadonlySet<string> = new Set(
  "aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris windows zos".split(
    " ",
  ),
);
const knownArchitectures: ReadonlySet<string> = new Set(
  (
    "386 amd64 amd64p32 arm armbe arm64 arm64be ppc64 ppc64le loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le " +
    "ppc riscv riscv64 s390 s390x sparc sparc64 wasm"
  ).split(" "),
);

/**
 * Parses `os|architecture|os/architecture[/variant]`, where the os may carry version and features:
 * `windows(10.0.17763+win32k)/amd64`. What one word leaves open is taken from `host`.
 * @throws InvalidArgumentError with containerd's text (containerd/platforms).
 */
export function parsePlatform(specifier: string, host: Platform = hostPlatform()): Platform {
  if (specifier.includes("*"))
    throw new InvalidArgumentError(`${quote(specifier)}: wildcards not yet supported`);
  const [first = "", ...rest] = specifier.split("/");
  const os = parseOs(first, specifier);
  for (const part of rest) if (!COMPONENT.test(part)) throw invalidComponent(part, specifier);
  const [anyArchitecture, anyVariant, ...excess] = rest;
  if (excess.length > 0)
    throw new InvalidArgumentError(`${quote(specifier)}: cannot parse platform specifier`);
  if (anyArchitecture === undefined) return parseWord(specifier, os, host);
  const { architecture, variant } = normalizeArchitecture(anyArchitecture, anyVariant);
  return makePlatform(os.name, architecture, writtenVariant(architecture, variant, anyVariant), os);
}

interface Os {
  readonly name: string;
  readonly osVersion: string;
  readonly osFeatures: readonly string[];
}

function parseOs(part: string, specifier: string): Os {
  const found = OS_COMPONENT.exec(part);
  if (found === null)
    throw new InvalidArgumentError(
      `${quote(part)} is an invalid OS component of ${quote(specifier)}: ` +
        `OSAndVersion specifier component must match ${quote(OS_COMPONENT.source)}`,
    );
  const [, name = "", version = "", features = ""] = found;
  const decode = (option: string): string => decodeOption(option, specifier);
  const osFeatures = features
    .split("+")
    .slice(1)
    .map(decode)
    .filter((feature) => feature !== "");
  return { name: normalizeOs(name), osVersion: decode(version), osFeatures };
}

function decodeOption(option: string, specifier: string): string {
  try {
    return decodeURIComponent(option);
  } catch (err) {
    throw new InvalidArgumentError(
      `${quote(specifier)} has an invalid OS version or feature ${quote(option)}`,
      {
        cause: err,
      },
    );
  }
}

function parseWord(specifier: string, os: Os, host: Platform): Platform {
  if (knownOperatingSystems.has(os.name)) {
    const isUsual = host.architecture !== "arm" || host.variant === "v7";
    return makePlatform(os.name, host.architecture, isUsual ? "" : host.variant, os);
  }
  const { architecture, variant } = normalizeArchitecture(specifier);
  if (!knownArchitectures.has(architecture))
    throw new InvalidArgumentError(`${quote(specifier)}: unknown operating system or architecture`);
  return makePlatform(host.os, architecture, writtenVariant(architecture, variant, undefined));
}

/** The variant as a person expects it back: v7 of arm only when written, v8 of arm64 kept when written. */
function writtenVariant(architecture: string, variant: string, written: string | undefined): string {
  if (architecture === "arm" && variant === "v7" && written === undefined) return "";
  return architecture === "arm64" && variant === "" && written !== undefined ? "v8" : variant;
}

const invalidComponent = (part: string, specifier: string): InvalidArgumentError =>
  new InvalidArgumentError(
    `${quote(part)} is an invalid component of ${quote(specifier)}: ` +
      `platform specifier component must match ${quote(COMPONENT.source)}`,
  );
