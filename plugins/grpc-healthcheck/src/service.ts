import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from "@davit/api/health";
import { NotFoundError } from "@davit/errdefs";
import { implement, type ServiceImplementation } from "@davit/server";

/** The name under which the status of the daemon as a whole is known. No other has a status. */
const OVERALL = "";

/** The health service as containerd has it: the daemon as a whole serves, of single services nothing is known. */
export const healthService = (): ServiceImplementation =>
  implement(Health, {
    async check({ service }) {
      if (service !== OVERALL) throw new NotFoundError("unknown service", { bare: true });
      return { status: ServingStatus.SERVING };
    },
    async list() {
      return { statuses: { [OVERALL]: { status: ServingStatus.SERVING } } };
    },
    async *watch({ service }, { signal }) {
      yield { status: service === OVERALL ? ServingStatus.SERVING : ServingStatus.SERVICE_UNKNOWN };
      // Nothing changes any more, but the stream stays open: its end would mean that the server has gone.
      await aborted(signal);
    },
  });

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve();
    else signal?.addEventListener("abort", () => resolve(), { once: true });
  });
}
