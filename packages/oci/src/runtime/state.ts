/** What a runtime answers to `state` (OCI runtime-spec v1.2 runtime.md, "State"). */
export interface RuntimeState {
  ociVersion: string;
  id: string;
  status: "creating" | "created" | "running" | "stopped" | "paused";
  pid?: number;
  bundle: string;
  annotations?: Record<string, string>;
}
