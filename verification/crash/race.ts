import { readdir } from "node:fs/promises";
import { z } from "zod";
import { EXIT } from "../../infra/errors.ts";
import { CHANGE_ID } from "../../infra/records/events.ts";
import { type Ended, runbook } from "../demo/commands.ts";
import { stackText } from "./end-state.ts";
import { exported, inSandbox, type Room, traffic } from "./sandbox.ts";

/** What a race came to; `wrong` is empty where it ended as it should, and the stack stands as one of the two has left it. */
export interface Race {
  what: string;
  codes: [number, number];
  wrong: string[];
}

const resultSchema = z.object({ type: z.literal("result"), change: z.string().nullable() });
const outputSchema = z.object({
  releaseState: z.object({
    change: z.object({ id: z.string() }).nullable(),
    releases: z.array(z.object({ weight: z.int() })),
  }),
});
const exportSchema = z.object({
  deployment: z.object({ resources: z.array(z.looseObject({ type: z.string(), outputs: z.unknown().optional() })) }),
});

function changeOf({ stdout }: Ended): string | null {
  return resultSchema.parse(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).change;
}

async function standing({ env }: Room) {
  const text = await exported("staging", env);
  const root = exportSchema
    .parse(JSON.parse(text))
    .deployment.resources.find(({ type }) => type === "pulumi:pulumi:Stack");
  return { text: stackText(text), ...outputSchema.parse(root?.outputs).releaseState };
}

const changesIn = async ({ records }: Room): Promise<string[]> =>
  (await readdir(records)).filter((name) => CHANGE_ID.test(name));

/** What two commands came to at the same moment: what is wrong about it, and the one that speaks for both. */
type Judge = (ran: readonly [Ended, Ended]) => { wrong: string[]; won: Ended };

/** Of two that begin a change one does; the other leaves with 4 and has begun none. */
const oneWins: Judge = ([one, other]) => {
  const [won, lost] = one.code === EXIT.busy ? [other, one] : [one, other];
  const wrong = lost.code !== EXIT.busy || won.code === EXIT.busy ? ["not one of them left with 4"] : [];
  if (changeOf(lost) !== null) wrong.push(`the one that lost has begun ${changeOf(lost)}`);
  return { wrong, won };
};

/** Of two that call a change off the later asks the runner of the first: both end with 0, and tell of the same change. */
const bothEnd: Judge = ([one, other]) => {
  const wrong = one.code === EXIT.done && other.code === EXIT.done ? [] : ["not both of them left with 0"];
  if (changeOf(one) !== changeOf(other)) wrong.push(`one tells of ${changeOf(one)}, the other of ${changeOf(other)}`);
  return { wrong, won: one };
};

/** Two commands at the same moment, and what stands afterwards. */
async function race(
  room: Room,
  one: readonly string[],
  other: readonly string[],
  { begins, judge }: { begins: number; judge: Judge },
): Promise<Race> {
  const start = (args: readonly string[]) => runbook([...args, "--json"], { env: room.env, output: "kept" });
  const before = await changesIn(room);
  const ran = await Promise.all([start(one), start(other)]);
  const { wrong, won } = judge(ran);
  if (![EXIT.done, EXIT.restored, EXIT.waiting].some((code) => code === won.code)) wrong.push(won.stdout.slice(-500));
  const records = (await changesIn(room)).length - before.length;
  if (records !== begins) wrong.push(`${records} records were begun, not ${begins}`);
  const { change, releases } = await standing(room);
  const weight = releases.reduce((sum, release) => sum + release.weight, 0);
  if (weight !== 100) wrong.push(`the weights sum to ${weight}`);
  if (won.code === EXIT.waiting && change?.id !== changeOf(won)) wrong.push(`the stack is held by ${change?.id}`);
  return { what: `${one[0]} and ${other[0]}`, codes: [ran[0].code, ran[1].code], wrong };
}

/**
 * Lets two runbooks begin at the same moment, over and over on one stack: two deploys, then what calls the winner off against
 * another that does. After each pair the stack stands as after the first.
 */
export function races(rounds: number, told: (race: Race) => void): Promise<void> {
  return inSandbox(["staging"], async (room) => {
    const stop = traffic(room.gateways.staging.gateway);
    try {
      const on = ["--stack", "staging"];
      const deploy = ["deploy", ...on, "--release", room.release];
      let first: string[] | null = null;
      for (let round = 0; round < rounds; round += 2) {
        told(await race(room, deploy, deploy, { begins: 1, judge: oneWins }));
        if (round + 1 >= rounds) return;
        const back = await race(room, ["abort", ...on], [round % 4 === 0 ? "rollback" : "abort", ...on], {
          begins: 0,
          judge: bothEnd,
        });
        const { text } = await standing(room);
        first ??= text;
        const other = new Set(first);
        const differing = text.filter((line) => !other.has(line));
        told({ ...back, wrong: [...back.wrong, ...differing] });
      }
    } finally {
      stop();
    }
  });
}
