import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { FailedPreconditionError, InvalidArgumentError, errnoOf, isErrno } from "@davit/errdefs";
import type { Credentials, CredentialsProvider } from "./auth/credentials.ts";

/** Docker Hub's endpoint, and the name under which Docker's tools keep its credentials. */
const HUB = "registry-1.docker.io";
const HUB_KEY = "https://index.docker.io/v1/";
/** The user name that stands for "the secret is an identity token". */
const TOKEN_USER = "<token>";
/** What every credential helper says when it has nothing (docker-credential-helpers, credentials/error.go). */
const NOT_FOUND = "credentials not found in native keychain";
const HELPER_TIMEOUT_MS = 60_000;

export interface DockerCredentialsOptions {
  /** The file; default `config.json` in `$DOCKER_CONFIG` or `~/.docker`. */
  readonly file?: string | undefined;
}

/**
 * Credentials as `docker login` keeps them: of a helper for the host (`credHelpers`), of the general helper
 * (`credsStore`), or in the file itself (`auths`). The file is read when a registry asks; without one all is anonymous.
 */
export function dockerCredentials({
  file = defaultFile(),
}: DockerCredentialsOptions = {}): CredentialsProvider {
  return async (host) => {
    const config = await readConfig(file);
    const keys = keysOf(host);
    for (const key of keys) {
      const helper = config.credHelpers[key];
      if (helper !== undefined) return fromHelper(helper, key);
    }
    for (const key of config.credsStore === "" ? [] : keys) {
      const found = await fromHelper(config.credsStore, key);
      if (found !== undefined) return found;
    }
    const entry = Object.entries(config.auths).find(
      ([key]) => keys.includes(key) || hostIn(key) === host,
    )?.[1];
    return fromEntry(entry);
  };
}

function defaultFile(): string {
  const directory = process.env["DOCKER_CONFIG"] || join(homedir(), ".docker");
  return join(directory, "config.json");
}

/** The names a host goes by. */
const keysOf = (host: string): string[] =>
  host === HUB ? [HUB_KEY, "docker.io", "index.docker.io", HUB] : [host];

/** Old entries are URLs. */
const hostIn = (key: string): string => key.replace(/^https?:\/\//, "").split("/", 1)[0] ?? "";

interface DockerConfig {
  readonly auths: Readonly<Record<string, unknown>>;
  readonly credHelpers: Readonly<Record<string, string>>;
  readonly credsStore: string;
}

async function readConfig(file: string): Promise<DockerConfig> {
  const document = await readDocument(file);
  const { auths, credHelpers, credsStore } = document;
  return {
    auths: isRecord(auths) ? auths : {},
    credHelpers: isRecord(credHelpers) ? (credHelpers as Record<string, string>) : {},
    credsStore: typeof credsStore === "string" ? credsStore : "",
  };
}

async function readDocument(file: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (err) {
    if (isErrno(err, "ENOENT", "ENOTDIR")) return {};
    throw err;
  }
  try {
    const document: unknown = JSON.parse(text);
    if (isRecord(document)) return document;
  } catch {
    // The parser's own text would quote the file, and so its secrets.
  }
  throw new InvalidArgumentError(`${file} is not a JSON object`);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function fromEntry(entry: unknown): Credentials | undefined {
  if (!isRecord(entry)) return undefined;
  const { auth, identitytoken, username, password } = entry;
  if (typeof identitytoken === "string" && identitytoken !== "") return { refreshToken: identitytoken };
  if (typeof username === "string" && typeof password === "string" && password !== "")
    return { username, secret: password };
  if (typeof auth !== "string" || auth === "") return undefined;
  const [, name = "", secret = ""] = /^([^:]*):(.*?)\0*$/s.exec(Buffer.from(auth, "base64").toString()) ?? [];
  return { username: name, secret };
}

/** Runs `docker-credential-<helper> get`, which reads the server from its input. */
async function fromHelper(helper: string, server: string): Promise<Credentials | undefined> {
  // The name becomes part of a program's: nothing in it may lead elsewhere.
  if (!/^[\w.-]+$/.test(helper))
    throw new InvalidArgumentError(`credential helper ${JSON.stringify(helper)}`);
  const program = `docker-credential-${helper}`;
  const { stdout, failure } = await run(program, server);
  if (failure !== undefined) {
    if (stdout.trim() === NOT_FOUND) return undefined;
    throw new FailedPreconditionError(`${program} get: ${stdout.trim() || failure}`);
  }
  const { Username: username, Secret: secret } = parseAnswer(program, stdout);
  if (typeof username !== "string" || typeof secret !== "string")
    throw new FailedPreconditionError(`${program} get: no user name and secret in its answer`);
  return username === TOKEN_USER ? { refreshToken: secret } : { username, secret };
}

function parseAnswer(program: string, stdout: string): Record<string, unknown> {
  try {
    const answer: unknown = JSON.parse(stdout);
    if (isRecord(answer)) return answer;
  } catch {
    // As above: it would be quoted.
  }
  throw new FailedPreconditionError(`${program} get: its answer is no JSON`);
}

function run(program: string, input: string): Promise<{ stdout: string; failure: string | undefined }> {
  return new Promise((resolve) => {
    const child = execFile(program, ["get"], { timeout: HELPER_TIMEOUT_MS }, (err, stdout) =>
      resolve({ stdout, failure: err === null ? undefined : (errnoText(err) ?? `exit ${err.code}`) }),
    );
    // A helper may answer without reading.
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
  });
}

const errnoText = (err: Error): string | undefined => (errnoOf(err) === undefined ? undefined : err.message);
