import { z } from "zod";
import { type EventStream, openEvents } from "./events.ts";
import { type Finding, refuse, wrong } from "./finding.ts";
import { logIn, walkingGate } from "./visit.ts";

/** Milliseconds that the socket has to stay open after the exchange. */
const STAY = 1_000;

const hello = z.object({ type: z.literal("hello"), release: z.string() });
const pong = z.object({ type: z.literal("pong"), n: z.number() });

/** Pure: whether the first message is the hello of this release. */
function judgeHello(message: unknown, release: string): Finding | null {
  const greeted = hello.safeParse(message);
  if (!greeted.success) return wrong(`the first message of ${release} is not a hello`);
  return greeted.data.release === release ? null : wrong(`${release} was asked, but ${greeted.data.release} answered`);
}

/** Waits for the first message, which has to be the release's hello. */
export async function greet(stream: EventStream, release: string): Promise<void> {
  const first = await stream.next({ what: "hello", matches: () => true, otherwise: "unreachable" });
  refuse(judgeHello(first, release));
}

async function exchange(stream: EventStream, n: number): Promise<number> {
  const begun = performance.now();
  stream.send({ type: "ping", n });
  await stream.next({
    what: `pong ${n}`,
    matches: (message) => pong.safeParse(message).data?.n === n,
    otherwise: "unreachable",
  });
  return Math.round(performance.now() - begun);
}

/** A session's WebSocket on the release opens, is greeted, answers a ping and stays open. */
export const websocket = walkingGate("websocket", async (visit) => {
  const { release } = visit.context.target;
  const client = visit.client(release);
  await logIn(visit, client);
  const stream = await openEvents(visit, client);
  await greet(stream, release);
  const roundTrip = await exchange(stream, visit.context.now % 1_000_000);
  await stream.stay(STAY);
  visit.note({ roundTripMilliseconds: roundTrip, openMilliseconds: STAY });
  return `hello, a pong in ${roundTrip} ms, and open for ${STAY / 1000} s`;
});
