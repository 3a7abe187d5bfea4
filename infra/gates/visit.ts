import { z } from "zod";
import { ANSWER_WITHIN } from "../clients/http.ts";
import type { Json } from "../domain/json.ts";
import { elsewhere, type Finding, findingOf, foundError, judgeProbe, wrong } from "./finding.ts";
import type { Gate, GateContext } from "./gate.ts";
import { type Call, type Client, type CookieJar, newAgent, openClient, type Reply } from "./http.ts";
import { judgeReadiness } from "./readiness-answer.ts";

/** Something that a journey made and that must not stay; `remove` says whether it is gone. */
interface Leftover {
  what: string;
  remove: () => Promise<boolean>;
}

/** One look of a probe at a release: its clients, and the leftovers that it has to take away. */
export interface Visit {
  context: GateContext;
  client(release: string, jar?: CookieJar): Client;
  /** The release to compare with, or the judged one itself where there is none. */
  other: string;
  /** Adds to the evidence. */
  note(evidence: Record<string, Json>): void;
  /** Remembers a leftover; the function returned says that it is gone already. */
  leaves(what: string, remove: Leftover["remove"]): () => void;
}

/** Goes through a release; resolves to what the summary says when all is well, rejects with a finding. */
export type Walk = (visit: Visit) => Promise<string>;

async function removeLeftovers(leftovers: Set<Leftover>): Promise<string[]> {
  const left: string[] = [];
  for (const leftover of [...leftovers].reverse()) {
    const gone = await leftover.remove().catch(() => false);
    if (!gone) left.push(leftover.what);
  }
  return left;
}

/** Why a release isn't ready, where it has no answer or one that says so; null where it is, or where another one answered. */
async function unreadiness({ client, context }: Visit, release: string): Promise<string | null> {
  const found = await client(release)
    .call("GET", context.target.readyPath)
    .then((reply) => judgeReadiness(reply).finding, findingOf);
  return found?.kind === "unreachable" ? found.detail : null;
}

/**
 * What a walk found, beside the release to compare with: what both depend on, such as a store that fails over, is no fault of the one that is
 * judged. A release that takes it down for both is caught by its error rate, and by the gates' time.
 */
async function besideStable(visit: Visit, finding: Finding): Promise<Finding> {
  const { signal, target } = visit.context;
  const { stable } = target;
  if (finding.kind !== "unreachable" || stable === null || signal.aborted) return finding;
  const why = await unreadiness(visit, stable);
  return why === null || signal.aborted
    ? finding
    : elsewhere(`${finding.detail}; ${stable} isn't ready either: ${why}`);
}

async function walkOnce(context: GateContext, walk: Walk) {
  const agent = newAgent();
  const calls: Call[] = [];
  const leftovers = new Set<Leftover>();
  const evidence: Record<string, Json> = { calls };
  let signal = context.signal;
  const visit: Visit = {
    context,
    other: context.target.stable ?? context.target.release,
    client: (release, jar = new Map()) =>
      openClient({ target: context.target, release, jar, agent, signal: () => signal, calls }),
    note: (more) => Object.assign(evidence, more),
    leaves(what, remove) {
      const leftover = { what, remove };
      leftovers.add(leftover);
      return () => leftovers.delete(leftover);
    },
  };
  let well = "";
  let finding: Finding | null = null;
  try {
    well = await walk(visit);
  } catch (error) {
    finding = await besideStable(visit, findingOf(error));
  }
  signal = AbortSignal.timeout(2 * ANSWER_WITHIN);
  const left = await removeLeftovers(leftovers);
  await agent.destroy();
  if (left.length === 0) return { well, finding, evidence };
  return { well: `${well}; left behind: ${left.join(", ")}`, finding, evidence: { ...evidence, tracesLeft: left } };
}

/** A gate that walks through the release once a look, and takes its leftovers away however the walk ended. */
export function walkingGate(name: string, walk: Walk): Gate {
  return {
    name,
    async observe(context) {
      return judgeProbe({ gate: name, ...(await walkOnce(context, walk)) }, context.memory, context.now);
    },
  };
}

/** Waits for all of them, so that nothing is under way when the leftovers are taken away; rejects with the first error. */
export async function together<T extends readonly Promise<unknown>[]>(walks: readonly [...T]) {
  await Promise.allSettled(walks);
  return Promise.all(walks);
}

const REMOVED = new Set([200, 202, 204, 404, 410]);
const ENDED = new Set([...REMOVED, 401]);

function loginOf(visit: Visit): Json {
  const { user, password } = visit.context.target;
  return { user, password };
}

/** Takes a leftover away: on the client's release, or where that one fails, which is what gates are for, on the other one. */
async function removeOn(visit: Visit, client: Client, remove: (client: Client) => Promise<boolean>): Promise<boolean> {
  for (const one of [client, client.on(visit.other)]) {
    if (await remove(one).catch(() => false)) return true;
  }
  return false;
}

/**
 * Logs the synthetic user in. The session is a leftover: it is ended with the visit, unless the function returned says
 * that it is ended already.
 */
export async function logIn(visit: Visit, client: Client): Promise<() => void> {
  await client.expect(200, "POST", "/api/login", loginOf(visit));
  if (client.headers().cookie === undefined) {
    throw foundError(wrong(`POST /api/login on ${client.release} gave no cookie`));
  }
  const end = async (one: Client) => ENDED.has((await one.call("POST", "/api/logout")).status);
  return visit.leaves("the session", () => removeOn(visit, client, end));
}

const identified = z.object({ id: z.union([z.string().min(1), z.number()]) });

/** The id in the answer to a creation; rejects with a finding where there is none. */
export function idOf(what: string, reply: Reply): string {
  const made = identified.safeParse(reply.body);
  if (!made.success) throw foundError(wrong(`${what} answered ${reply.status} without an id`));
  return String(made.data.id);
}

/** Remembers that `path` has to be deleted by the client's user, logged in again where the session was lost. */
export function removeLater(visit: Visit, client: Client, path: string): () => void {
  const remove = async (one: Client) => {
    const { status } = await one.call("DELETE", path);
    if (status !== 401) return REMOVED.has(status);
    await one.expect(200, "POST", "/api/login", loginOf(visit));
    return REMOVED.has((await one.call("DELETE", path)).status);
  };
  return visit.leaves(path, () => removeOn(visit, client, remove));
}

/** Something that a journey created; `removed` says that the journey has deleted it itself. */
export interface Created {
  id: string;
  path: string;
  removed: () => void;
}

/** Creates something below `path` and remembers it as a leftover. */
export async function create(visit: Visit, client: Client, path: string, body: Json): Promise<Created> {
  const id = idOf(`POST ${path}`, await client.expect(201, "POST", path, body));
  const own = `${path}/${encodeURIComponent(id)}`;
  return { id, path: own, removed: removeLater(visit, client, own) };
}
