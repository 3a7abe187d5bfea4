import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { serve as listen } from "@hono/node-server";
import type { Hono } from "hono";
import { openClient } from "../clients/kubernetes-client.ts";
import { openLease } from "../clients/kubernetes-leases.ts";
import { identityInWords, identityOf, LOOKED_AT_ANNOTATION, serviceLeaseName } from "../domain/service-lease.ts";
import { badInput, EXIT, Refusal } from "../errors.ts";
import { type Holder, thisProcess } from "../records/lease.ts";
import type { Dora } from "../reports/dora.ts";
import { openSession, type Session } from "../runner/session.ts";
import { pauseAfterFailures } from "./back-off.ts";
import { carryStack } from "./carry-stack.ts";
import { doraReader } from "./dora-reader.ts";
import { TERMS } from "./election.ts";
import { noFigures, type StackFigures } from "./figures.ts";
import { serviceApp } from "./http.ts";
import { standForElection } from "./leadership.ts";
import type { ListenAddress } from "./listen-address.ts";
import type { Log } from "./log.ts";
import { serviceReporter } from "./reporter.ts";

/** What a service is started with. */
export interface ServeOptions {
  /** the checkout with Pulumi.yaml and the stack files */
  cwd: string;
  stacks: readonly string[];
  listen: ListenAddress;
  /** the record store's URL; null: RUNBOOKS_RECORDS, else each stack's setting */
  records: string | null;
  /** whether another service may carry the same stacks, so that one of them is elected for each; else this one is alone */
  elects: boolean;
  log: Log;
  /** fires where the service is to end */
  signal: AbortSignal;
}

/** A stack of the service, and what is known of it. */
interface Place {
  stack: string;
  figures: StackFigures;
  trouble: string | null;
  dora: ((now: number) => Promise<Dora>) | null;
}

/**
 * Carries the changes of its stacks until the signal, side by side; answers by HTTP meanwhile. It has ended when no update of its own runs
 * any more.
 * @throws Refusal (exit 2) where it can't listen at the address
 */
export async function serve(options: ServeOptions): Promise<void> {
  const { stacks, log, signal } = options;
  const places = stacks.map((stack): Place => ({ stack, figures: noFigures(), trouble: "not read yet", dora: null }));
  const app = serviceApp({
    isEnding: () => signal.aborted,
    troubles: () => places.map(({ stack, trouble }) => (trouble === null ? null : `${stack}: ${trouble}`)),
    metrics: () =>
      Promise.all(
        places.map(async ({ stack, figures, dora }) => ({
          stack,
          figures,
          // Where the records can't be read, the other figures say so.
          dora: dora === null ? null : await dora(Date.now()).catch(() => null),
        })),
      ),
  });
  const stop = await open(app, options);
  const told = () =>
    log({ level: "info", stack: null, change: null, message: "asked to end: updates that run are finished first" });
  signal.addEventListener("abort", told, { once: true });
  await Promise.all(places.map((place) => keepCarrying(options, place)));
  await stop();
  log({ level: "info", stack: null, change: null, message: "ended" });
}

/** Listens at the address; answers how to stop. */
async function open(app: Hono, { listen: { host, port }, log }: ServeOptions): Promise<() => Promise<void>> {
  const server = listen({ fetch: app.fetch, hostname: host, port });
  await Promise.race([
    once(server, "listening"),
    once(server, "error").then(([error]: unknown[]) => {
      throw badInput(
        `--listen: ${host}:${port} can't be listened at (${errorText(error)}): name an address that is free`,
      );
    }),
  ]);
  const { address, port: bound } = server.address() as AddressInfo;
  log({ level: "info", stack: null, change: null, message: `listening at http://${address}:${bound}` });
  return async () => {
    const closed = once(server, "close");
    server.close();
    if ("closeAllConnections" in server) server.closeAllConnections();
    await closed;
  };
}

const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Carries a stack until the signal; what keeps it from being read or led is told, and tried again. */
async function keepCarrying(options: ServeOptions, place: Place): Promise<void> {
  const { log, signal } = options;
  for (let failures = 0; !signal.aborted; ) {
    try {
      await carryOnce(options, place, () => {
        failures = 0;
      });
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      const pause = pauseAfterFailures(failures, { stuck: false });
      const problems = error instanceof Refusal ? error.problems : [errorText(error)];
      place.trouble = problems.join("; ");
      const exit = error instanceof Refusal ? error.exit : EXIT.stuck;
      const message = `can't be carried: tried again in ${Math.round(pause / 1_000)} s`;
      log({ level: "error", stack: place.stack, change: null, message, problems, exit });
      await delay(pause, undefined, { signal }).catch(() => undefined);
    }
  }
}

async function carryOnce(options: ServeOptions, place: Place, isWell: () => void): Promise<void> {
  const { log, signal, elects } = options;
  const { stack, figures } = place;
  const reporter = serviceReporter(stack, { log, figures });
  const { cwd, records } = options;
  const open = () => openSession({ cwd, stack, onCall: null, records, reporter });
  const session = await open();
  place.dora = doraReader(session.store, stack, options.stacks);
  place.trouble = null;
  isWell();
  const carry = async (until: AbortSignal, replaced: string | null) => {
    figures.leads = true;
    try {
      const hasEnded = (holder: Holder) => identityOf(holder) === replaced;
      await carryStack({ stack, open, figures, log, hasEnded }, until);
    } finally {
      figures.leads = false;
    }
  };
  if (!elects) return carry(signal, null);
  const identity = identityOf(thisProcess(null));
  let told: string | null = null;
  await standForElection(
    {
      lease: await leaseFor(session),
      candidate: () => ({ identity, annotations: annotationsOf(figures) }),
      terms: TERMS,
      leaderIs(leader) {
        isWell();
        place.trouble = null;
        if (leader === null || leader === told) return;
        told = leader;
        const message =
          leader === identity
            ? "leads: carries the stack's changes"
            : `follows: ${identityInWords(leader)} carries the stack's changes`;
        log({ level: "info", stack, change: null, message });
      },
      work: ({ signal: until, replaced }) => carry(until, replaced),
    },
    signal,
  );
}

async function leaseFor({ stack, settings: { cluster } }: Session) {
  return openLease(
    await openClient({ context: cluster.context ?? null }),
    cluster.namespace,
    serviceLeaseName(stack.name),
  );
}

function annotationsOf({ lookedAt }: StackFigures): Record<string, string> {
  return lookedAt === null ? {} : { [LOOKED_AT_ANNOTATION]: new Date(lookedAt).toISOString() };
}
