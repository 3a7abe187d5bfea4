import { setTimeout as delay } from "node:timers/promises";
import { createBoard } from "../board/app.ts";
import { sessionStack } from "../board/session-stack.ts";
import { openClient } from "../clients/kubernetes-client.ts";
import { openLease } from "../clients/kubernetes-leases.ts";
import { identityInWords, identityOf, LOOKED_AT_ANNOTATION, serviceLeaseName } from "../domain/service-lease.ts";
import { EXIT, Refusal } from "../errors.ts";
import { type Holder, thisProcess } from "../records/lease.ts";
import type { Session } from "../runner/session.ts";
import { pauseAfterFailures } from "./back-off.ts";
import { type BoardSecrets, boardIdentityOf } from "./board-identity.ts";
import { doraReader } from "./dora-reader.ts";
import { TERMS } from "./election.ts";
import type { StackFigures } from "./figures.ts";
import { hooksOf } from "./hooks/of-places.ts";
import { hookRoutes } from "./hooks/routes.ts";
import type { HookSettings } from "./hooks/settings.ts";
import { serviceApp } from "./http.ts";
import { standForElection } from "./leadership.ts";
import { listenAt } from "./listen.ts";
import type { ListenAddress } from "./listen-address.ts";
import type { Log } from "./log.ts";
import { sessionOpener } from "./open-session.ts";
import { newPlace, type Place, serviceOf, shownOf } from "./place.ts";
import { serviceReporter } from "./reporter.ts";
import { openRotations, type Rotating } from "./rotations/loop.ts";
import { rotatingOf } from "./rotations/of-places.ts";
import { newWake, type Wake } from "./rotations/wake.ts";
import { runStack } from "./run-stack.ts";

/** What a service is started with. */
export interface ServeOptions {
  /** the checkout with Pulumi.yaml and the stack files */
  cwd: string;
  stacks: readonly string[];
  listen: ListenAddress;
  /** the record store's URL; null: RUNBOOKS_RECORDS, else each stack's setting */
  records: string | null;
  /** whether another service may serve the same stacks, so that one of them is elected for each; else this one is alone */
  elects: boolean;
  /** what proves who may act on the board */
  boardSecrets: BoardSecrets;
  /** how the senders of alerts are known */
  hooks: HookSettings;
  log: Log;
  /** fires where the service is to end */
  signal: AbortSignal;
}

/**
 * Runs the changes of its stacks until the signal, side by side; answers by HTTP meanwhile. It has ended when no update of its own runs
 * any more.
 * @throws Refusal (exit 2) where it can't listen at the address
 */
export async function serve(options: ServeOptions): Promise<void> {
  const { cwd, records, stacks, log, signal } = options;
  const places = stacks.map((stack) =>
    newPlace(stack, (figures) =>
      sessionOpener({ cwd, stack, records, reporter: serviceReporter(stack, { log, figures }) }),
    ),
  );
  const tell = (message: string) => log({ level: "info", stack: null, change: null, message });
  const board = boardOf(options, places);
  const hooks = hooksOf(places, { settings: options.hooks, log });
  const app = serviceApp({
    isEnding: () => signal.aborted,
    troubles: () => places.map(({ stack, trouble }) => (trouble === null ? null : `${stack}: ${trouble}`)),
    metrics: () => Promise.all(places.map(shownOf)),
    hooks: hookRoutes(hooks),
    board: board.app,
  });
  const listening = await listenAt(app, options.listen);
  tell(`listening at ${listening.url}`);
  signal.addEventListener("abort", () => tell("ending: updates that run are finished first"), { once: true });
  const wake = newWake();
  const rotating = rotatingOf(places, { cwd, wake, log });
  await Promise.all(places.map((place) => keepRunning(options, place, { wake, rotating: rotating(place) })));
  await Promise.all([board.close(), listening.close()]);
  tell("ended");
}

function boardOf(options: ServeOptions, places: readonly Place[]) {
  const now = Date.now;
  const stacks = places.map((place) => sessionStack(place.stack, place.open, { service: () => serviceOf(place), now }));
  const tell = (message: string) => options.log({ level: "warn", stack: null, change: null, message });
  const known = () => places.map(({ stack, session }) => ({ stack, board: session?.settings.board ?? null }));
  return createBoard({ stacks, now, tell }, () => boardIdentityOf(options.boardSecrets, known()));
}

/** What goes on beside running a stack's changes, while it leads. */
interface Beside {
  wake: Wake;
  rotating: Rotating;
}

/** Runs a stack's changes until the signal. Where the stack can't be read or led, the log says so, and it is tried again. */
async function keepRunning(options: ServeOptions, place: Place, beside: Beside): Promise<void> {
  const { log, signal } = options;
  for (let failures = 0; !signal.aborted; ) {
    try {
      await runOnce(options, place, beside, () => {
        failures = 0;
        place.trouble = null;
      });
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      const pause = pauseAfterFailures(failures, { stuck: false });
      const problems =
        error instanceof Refusal ? error.problems : [error instanceof Error ? error.message : String(error)];
      place.trouble = problems.join("; ");
      const exit = error instanceof Refusal ? error.exit : EXIT.stuck;
      const message = `its changes can't be run: tried again in ${Math.round(pause / 1_000)} s`;
      log({ level: "error", stack: place.stack, change: null, message, problems, exit });
      await delay(pause, undefined, { signal }).catch(() => undefined);
    }
  }
}

async function runOnce(options: ServeOptions, place: Place, beside: Beside, isWell: () => void): Promise<void> {
  const { log, signal, elects } = options;
  const { stack, figures, open } = place;
  const session = await open();
  place.dora = doraReader(session.store, stack, options.stacks);
  isWell();
  const run = async (until: AbortSignal, ledBefore: readonly string[]) => {
    figures.leads = true;
    try {
      const hasEnded = (holder: Holder) => ledBefore.includes(identityOf(holder));
      const served = { stack, open, figures, log, hasEnded, onEnded: () => beside.wake.ring() };
      await Promise.all([runStack(served, until), openRotations(beside.rotating, until)]);
    } finally {
      figures.leads = false;
    }
  };
  const identity = identityOf(thisProcess(null));
  if (!elects) {
    place.alone = { who: identityInWords(identity), since: new Date().toISOString() };
    return run(signal, []);
  }
  let told: string | null = null;
  await standForElection(
    {
      lease: await leaseFor(session),
      candidate: () => ({ identity, annotations: annotationsOf(figures) }),
      terms: TERMS,
      leaderIs(leader) {
        isWell();
        if (leader === null || leader === told) return;
        told = leader;
        const message =
          leader === identity
            ? "leads: runs the stack's changes"
            : `follows: ${identityInWords(leader)} runs the stack's changes`;
        log({ level: "info", stack, change: null, message });
      },
      work: ({ signal: until, ledBefore }) => run(until, ledBefore),
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
