import type { Measured } from "./measured.ts";
import { printTable, type Write } from "./table.ts";
import { onceScheduleCalls, type WayBack, whileCommandWaits, whileServiceRuns } from "./ways-watched.ts";

const TARGET = 1.5;
/** Seconds between two calls of a schedule, and the failing sample's place between them in steps that are equally likely. */
const SCHEDULE = 300;
const PHASES = [0.1, 0.3, 0.5, 0.7, 0.9] as const;

/**
 * What a schedule of five minutes comes to (pure): the failing sample falls anywhere between two calls, and nothing happens before the next.
 * @param called the seconds from a call to the last request, measured
 */
export function scheduled(called: readonly number[]): number[] {
  return called.flatMap((seconds) => PHASES.map((phase) => phase * SCHEDULE + seconds));
}

/** Who watches a canary: a command that waits, the service, or nobody until `resume` is called. */
export const WATCHED = ["waits", "serves", "resumes"] as const;
export type Watched = (typeof WATCHED)[number];

/** How long a bad release keeps traffic after the sample that shows it, as a multiple of one bare update, by who watches its canary. */
export async function benchWayBack(
  rounds: number,
  { watched, ...measured }: Measured & { watched: readonly Watched[] },
  write: Write,
): Promise<void> {
  const ways: Record<Watched, WayBack[]> = { waits: [], serves: [], resumes: [] };
  const measure = async (name: Watched, what: string, way: typeof whileCommandWaits) => {
    if (!watched.includes(name)) return;
    const one = await way(measured);
    ways[name].push(one);
    write(`  ${what}: last request after ${one.traffic.toFixed(2)} s, proof after ${one.restored.toFixed(2)} s`);
  };
  for (let round = 0; round < rounds; round += 1) {
    await measure("waits", "with `--wait`", whileCommandWaits);
    await measure("serves", "as a service", whileServiceRuns);
    await measure("resumes", "by `resume`, from its call", onceScheduleCalls);
  }
  const of = (name: Watched, figure: keyof WayBack) => ways[name].map((one) => one[figure]);
  const row = (what: string, name: Watched, figure: keyof WayBack, target: number | null) => ({
    what,
    seconds: of(name, figure),
    against: of(name, "bare"),
    target,
  });
  const bares = [...of("waits", "bare"), ...of("serves", "bare"), ...of("resumes", "bare")];
  const rows = [
    { what: "the engine's update that had given it the traffic", seconds: bares, against: null, target: null },
    row("the engine's update that takes it back is done, with `--wait`", "waits", "updated", null),
    row("the engine's update that takes it back is done, as a service", "serves", "updated", null),
    row("the last request of the bad release, with `--wait`", "waits", "traffic", TARGET),
    row("the last request of the bad release, as a service", "serves", "traffic", TARGET),
    {
      what: "the last request of the bad release, `resume` every five minutes (computed: its call anywhere in them)",
      seconds: scheduled(of("resumes", "traffic")),
      against: of("resumes", "bare").flatMap((bare) => PHASES.map(() => bare)),
      target: null,
    },
    row("the same from that call on, measured", "resumes", "traffic", null),
    row("read back and recorded, with `--wait`", "waits", "restored", null),
    row("read back and recorded, as a service", "serves", "restored", null),
  ];
  const told = rows.filter(({ seconds }) => seconds.length > 0);
  printTable(write, "From the failing sample to all traffic on the old release, 200 requests/s", told);
}
