import { request } from "node:http";
import type { Container, Probe } from "../schemas/container.ts";
import { pause } from "../wait.ts";

/** What a container's probes tell the pod. */
export interface ProbeEvents {
  started(): void;
  ready(isReady: "ready" | "unready"): void;
  /** A probe's failure for people, e.g. "Readiness probe failed: HTTP probe failed with statuscode: 503". */
  failed(message: string): void;
  /** The startup or liveness probe gave up: the container has to be restarted. */
  unhealthy(message: string): void;
}

type ProbeResult = { outcome: "success" } | { outcome: "failure"; message: string };

const EARLY_INTERVAL_MS = 200;

/**
 * Runs a container's probes until the signal aborts. Until a probe's first success it looks every 200 ms (a real kubelet: every period),
 * so that rollouts are quick; the periods and thresholds hold afterwards, and a startup probe's whole allowance does from the start.
 */
export async function runProbes(
  container: Container,
  port: number,
  events: ProbeEvents,
  signal: AbortSignal,
): Promise<void> {
  const { startupProbe, readinessProbe, livenessProbe } = container;
  if (startupProbe !== undefined && !(await watchStartup(startupProbe, container, port, events, signal))) return;
  if (signal.aborted) return;
  events.started();
  if (readinessProbe === undefined) events.ready("ready");
  await Promise.all([
    readinessProbe && watchReadiness(readinessProbe, container, port, events, signal),
    livenessProbe && watchLiveness(livenessProbe, container, port, events, signal),
  ]);
}

async function watchStartup(
  probe: Probe,
  container: Container,
  port: number,
  events: ProbeEvents,
  signal: AbortSignal,
): Promise<boolean> {
  const allowance = (probe.initialDelaySeconds ?? 0) + (probe.failureThreshold ?? 3) * (probe.periodSeconds ?? 10);
  const deadline = Date.now() + allowance * 1000;
  while (!signal.aborted) {
    const result = await ask(probe, container, port);
    if (result.outcome === "success") return true;
    events.failed(`Startup probe failed: ${result.message}`);
    if (Date.now() > deadline) {
      if (!signal.aborted) events.unhealthy(`Container ${container.name} failed startup probe, will be restarted`);
      return false;
    }
    await pause(EARLY_INTERVAL_MS, signal);
  }
  return false;
}

async function watchReadiness(
  probe: Probe,
  container: Container,
  port: number,
  events: ProbeEvents,
  signal: AbortSignal,
): Promise<void> {
  let everReady = false;
  let successes = 0;
  let failures = 0;
  while (!signal.aborted) {
    const result = await ask(probe, container, port);
    if (signal.aborted) return;
    successes = result.outcome === "success" ? successes + 1 : 0;
    failures = result.outcome === "failure" ? failures + 1 : 0;
    if (result.outcome === "failure") events.failed(`Readiness probe failed: ${result.message}`);
    if (successes >= (probe.successThreshold ?? 1)) {
      everReady = true;
      events.ready("ready");
    }
    if (failures >= (probe.failureThreshold ?? 3)) events.ready("unready");
    await pause(everReady ? (probe.periodSeconds ?? 10) * 1000 : EARLY_INTERVAL_MS, signal);
  }
}

async function watchLiveness(
  probe: Probe,
  container: Container,
  port: number,
  events: ProbeEvents,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0;
  await pause((probe.initialDelaySeconds ?? 0) * 1000, signal);
  while (!signal.aborted) {
    await pause((probe.periodSeconds ?? 10) * 1000, signal);
    if (signal.aborted) return;
    const result = await ask(probe, container, port);
    failures = result.outcome === "failure" ? failures + 1 : 0;
    if (result.outcome === "failure") events.failed(`Liveness probe failed: ${result.message}`);
    if (failures >= (probe.failureThreshold ?? 3)) {
      if (!signal.aborted) events.unhealthy(`Container ${container.name} failed liveness probe, will be restarted`);
      return;
    }
  }
}

/** One probe: any status from 200 to 399 is a success. */
function ask(probe: Probe, container: Container, port: number): Promise<ProbeResult> {
  const wanted = probe.httpGet.port;
  const declared = (container.ports ?? []).some((entry) => entry.name === wanted || entry.containerPort === wanted);
  if (!declared) return Promise.resolve({ outcome: "failure", message: `the container has no port ${wanted}` });
  const headers = Object.fromEntries((probe.httpGet.httpHeaders ?? []).map(({ name, value }) => [name, value]));
  return new Promise((resolve) => {
    const call = request({
      host: "127.0.0.1",
      port,
      path: probe.httpGet.path ?? "/",
      headers: { "user-agent": "kube-probe/1.36", ...headers },
      agent: false,
    });
    const timer = setTimeout(
      () => call.destroy(new Error("context deadline exceeded")),
      (probe.timeoutSeconds ?? 1) * 1000,
    );
    call.on("response", (response) => {
      clearTimeout(timer);
      response.on("error", () => undefined).resume();
      const code = response.statusCode ?? 0;
      resolve(
        code >= 200 && code < 400
          ? { outcome: "success" }
          : { outcome: "failure", message: `HTTP probe failed with statuscode: ${code}` },
      );
    });
    call.on("error", (error) => {
      clearTimeout(timer);
      resolve({ outcome: "failure", message: error.message });
    });
    call.end();
  });
}
