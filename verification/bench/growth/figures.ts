/** One figure at a size of its input. */
export interface Figure {
  size: number;
  value: number;
}

/** Exponents of growth below which a figure is flat, from which and up to which it is linear: single times are uncertain. */
const FLAT = 0.25;
const NEARLY = 0.75;
const LINEAR = 1.25;

/** How a figure grows: by the exponent between its two largest sizes; one that stays within the noise is flat (pure). */
export function growthOf(
  figures: readonly Figure[],
  noise: number,
): "flat" | "less than linear" | "linear" | "MORE THAN LINEAR" {
  const [from, last] = figures.slice(-2);
  if (from === undefined || last === undefined || last.value <= noise) return "flat";
  const exponent = Math.log(last.value / from.value) / Math.log(last.size / from.size);
  if (exponent < FLAT) return "flat";
  if (exponent < NEARLY) return "less than linear";
  return exponent <= LINEAR ? "linear" : "MORE THAN LINEAR";
}

/** The least of what some rounds of work cost, each counted from before it to after it. */
async function least(rounds: number, work: () => Promise<unknown>, begin: () => () => number): Promise<number> {
  const costs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const cost = begin();
    await work();
    costs.push(cost());
  }
  return Math.min(...costs);
}

/** The least of some times that work took by the clock, in milliseconds: work that other processes do. */
export function fastest(rounds: number, work: () => Promise<unknown>): Promise<number> {
  return least(rounds, work, () => {
    const begun = performance.now();
    return () => performance.now() - begun;
  });
}

/** The least CPU time that some work of this process took, in milliseconds: on a busy machine the clock tells of the others' work too. */
export function leastCpu(rounds: number, work: () => Promise<unknown>): Promise<number> {
  return least(rounds, work, () => {
    const begun = process.cpuUsage();
    return () => {
      const { user, system } = process.cpuUsage(begun);
      return (user + system) / 1_000;
    };
  });
}

/** A row for the terminal: what was measured, each figure, and how it grows (pure). */
export function growthRow(what: string, unit: string, figures: readonly Figure[], noise: number): string {
  const cells = figures.map(({ size, value }) => {
    const digits = unit !== "requests" && value < 10 ? 1 : 0;
    return `${size.toLocaleString("en")}: ${value.toFixed(digits)} ${unit}`;
  });
  return `| ${what} | ${cells.join(" | ")} | ${growthOf(figures, noise)} |`;
}
