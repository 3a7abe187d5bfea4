import { request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { V1Container, V1Probe } from "@kubernetes/client-node";

/** What a container's probes tell its pod. */
export interface ProbeEvents {
  started(): void;
  ready(is: "ready" | "unready"): void;
  /** The startup or liveness probe gave up: the container has to be started again. */
  unhealthy(message: string): void;
}

/** Sleeps until the time is over or the signal fires. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch(() => undefined);
}

/** One HTTP probe at a pod's address: any status from 200 to 399 is a success. */
function succeeds({ httpGet, timeoutSeconds = 1 }: V1Probe, container: V1Container, address: string): Promise<boolean> {
  if (httpGet === undefined) return Promise.resolve(true);
  const wanted = httpGet.port;
  const port = container.ports?.find(({ name }) => name === wanted)?.containerPort ?? Number(wanted);
  return new Promise((resolve) => {
    const headers = { "user-agent": "kube-probe/1.36", connection: "close" };
    const call = request({ host: address, port, path: httpGet.path ?? "/", headers, agent: false });
    const timer = setTimeout(() => call.destroy(new Error("context deadline exceeded")), timeoutSeconds * 1_000);
    call.on("response", (response) => {
      response.on("error", () => undefined).resume();
      const code = response.statusCode ?? 0;
      resolve(code >= 200 && code < 400);
    });
    call.on("error", () => resolve(false));
    call.on("close", () => clearTimeout(timer));
    call.end();
  });
}

/** Asks at the probe's period; calls back at each turn of its thresholds, until it answers "enough" or the signal fires. */
async function watch(
  probe: V1Probe,
  ask: () => Promise<boolean>,
  turned: (is: "well" | "failing") => "more" | "enough",
  signal: AbortSignal,
): Promise<void> {
  const { initialDelaySeconds = 0, periodSeconds = 10, successThreshold = 1, failureThreshold = 3 } = probe;
  let [successes, failures] = [0, 0];
  await pause(initialDelaySeconds * 1_000, signal);
  while (!signal.aborted) {
    const is = await ask();
    if (signal.aborted) return;
    [successes, failures] = is ? [successes + 1, 0] : [0, failures + 1];
    if (successes === successThreshold && turned("well") === "enough") return;
    if (failures === failureThreshold && turned("failing") === "enough") return;
    await pause(periodSeconds * 1_000, signal);
  }
}

/**
 * Runs a container's probes as the kubelet does: nothing else before the startup probe has passed; readiness goes on while the
 * pod is terminating, liveness doesn't.
 * @param stopping the pod is on its way out
 * @param over the container has ended
 */
export async function runProbes(
  container: V1Container,
  address: string,
  events: ProbeEvents,
  { stopping, over }: { stopping: AbortSignal; over: AbortSignal },
): Promise<void> {
  const { startupProbe, readinessProbe, livenessProbe, name } = container;
  const early = AbortSignal.any([stopping, over]);
  const gaveUp = (probe: string) => {
    events.unhealthy(`Container ${name} failed ${probe} probe, will be restarted`);
    return "enough" as const;
  };
  if (startupProbe !== undefined) {
    let passed = false;
    await watch(
      startupProbe,
      () => succeeds(startupProbe, container, address),
      (is) => {
        passed = is === "well";
        return passed ? "enough" : gaveUp("startup");
      },
      early,
    );
    if (!passed) return;
  }
  if (over.aborted) return;
  events.started();
  if (readinessProbe === undefined) events.ready("ready");
  await Promise.all([
    readinessProbe &&
      watch(
        readinessProbe,
        () => succeeds(readinessProbe, container, address),
        (is) => {
          events.ready(is === "well" ? "ready" : "unready");
          return "more";
        },
        over,
      ),
    livenessProbe &&
      watch(
        livenessProbe,
        () => succeeds(livenessProbe, container, address),
        (is) => (is === "well" ? "more" : gaveUp("liveness")),
        early,
      ),
  ]);
}
