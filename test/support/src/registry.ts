import { writeFileSync } from "node:fs";
import { startDaemon } from "./daemon.ts";
import { freePort } from "./free-port.ts";
import { programPath } from "./needs.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

/** Who may use a registry that was started with `auth`. */
export const REGISTRY_CREDENTIALS = { username: "ali", password: "open sesame" } as const;

/** The password above as bcrypt: the only form the registry reads. */
const HTPASSWD = "ali:$2y$04$abcdefghijklmnopqrstuu/LVz6MZlItEy42I2juLihZ66HnQx/cy\n";

/** How a registry is started. */
export interface RegistryOptions {
  /** Ask for {@link REGISTRY_CREDENTIALS}; default false. */
  readonly auth?: boolean;
}

/** A registry on loopback, plain HTTP. Disposing it ends it and removes what was pushed. */
export interface Registry extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly url: string;
  /** What it has logged, one line a request among others. */
  log(): string;
}

/** Starts the distribution project's registry (Debian's docker-registry), with an empty root of its own. */
export async function startRegistry({ auth = false }: RegistryOptions = {}): Promise<Registry> {
  const program = programPath("docker-registry") ?? programPath("registry");
  if (program === undefined) throw new Error("docker-registry is not installed");
  await using stack = new AsyncDisposableStack();
  const directory = stack.use(temporaryDirectory("davit-registry-"));
  const port = await freePort();
  writeFileSync(directory.join("htpasswd"), HTPASSWD);
  // JSON is YAML.
  const config = {
    version: "0.1",
    log: { level: "info", accesslog: { disabled: false } },
    storage: { filesystem: { rootdirectory: directory.join("data") }, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${port}` },
    ...(auth && { auth: { htpasswd: { realm: "test", path: directory.join("htpasswd") } } }),
  };
  writeFileSync(directory.join("config.yml"), JSON.stringify(config));
  const daemon = stack.use(
    await startDaemon({
      program,
      args: ["serve", directory.join("config.yml")],
      listens: { host: "127.0.0.1", port },
      logFile: directory.join("log"),
    }),
  );
  const started = stack.move();
  return {
    host: `127.0.0.1:${port}`,
    url: `http://127.0.0.1:${port}`,
    log: () => daemon.log(),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}
