import { onInterruption } from "../../../infra/cli/interruption.ts";
import type { Stage } from "../../../sandbox/cloud/accounts.ts";
import { familyOf, processTableNow } from "../../../sandbox/cloud/process-table.ts";
import { type Line, ROOT, type Service, startService } from "../../demo/service.ts";
import { until } from "../../demo/until.ts";
import { endProcess } from "../end-process.ts";
import type { Kill, TakeOver } from "./kills.ts";

/** Two services on a stack, of which one leads. */
export interface Pair {
  /** Waits until one leads and the other one follows it. */
  whole(): Promise<void>;
  /**
   * Kills the one that leads, starts another in its place, and waits until the one that is left has the change.
   * @returns null where the change had ended before
   */
  kill(change: string, kill: Kill, hasEnded: () => Promise<boolean>): Promise<TakeOver | null>;
  end(): Promise<void>;
}

/** How long a service may take to stand for election, and to take a change over before the run is given up, in seconds. */
const STANDS_WITHIN = 120;
const TAKES_OVER_WITHIN = 360;
/** What a service's log says once it has the stack's lease and goes on with a change. */
const CONTINUED = "continued";

/** What a service has last said of who leads on a stack; null before. */
function standingOf({ lines }: Service, stack: Stage): "leads" | "follows" | null {
  const said = (line: Line) => (line.stack === stack ? /^(leads|follows):/.exec(line.message)?.[1] : undefined);
  const last = lines.map(said).findLast((standing) => standing !== undefined);
  return last === "leads" || last === "follows" ? last : null;
}

/** Starts two services on a stack. */
export async function openPair(stack: Stage, env: NodeJS.ProcessEnv): Promise<Pair> {
  const start = () => startService(ROOT, ["--stack", stack], env);
  let services: Service[] = [];
  const endAll = () => Promise.all(services.map((service) => service.kill("SIGKILL")));
  const settled = onInterruption(() => void endAll());
  const end = async () => {
    settled();
    await endAll();
  };
  services = await Promise.all([start(), start()]);
  const leader = (): Service | undefined => services.find((service) => standingOf(service, stack) === "leads");
  const continued = (service: Service, change: string) =>
    service.lines.find((line) => line.change === change && line.message === CONTINUED)?.at;
  return {
    end,
    whole: () =>
      until("one service that leads and one that follows", STANDS_WITHIN, () => {
        const standings = services.map((service) => standingOf(service, stack));
        return standings.includes("leads") && standings.includes("follows");
      }),
    async kill(change, kill, hasEnded) {
      const doomed = leader();
      if (doomed === undefined) throw new Error(`no service leads on ${stack}`);
      const family = kill.victim === "the service" ? [] : familyOf(doomed.pid, processTableNow());
      if (await hasEnded()) return null;
      const killedAt = Date.now();
      const killed = doomed.kill("SIGKILL");
      for (const { pid } of family) endProcess(pid);
      await killed;
      services = services.filter((service) => service !== doomed);
      const replacement = start().then((service) => {
        services.push(service);
      });
      replacement.catch(() => undefined); // it is waited for below
      let continuedAt: string | undefined;
      await until(`another service to continue ${change}`, TAKES_OVER_WITHIN, async () => {
        continuedAt = services.flatMap((service) => continued(service, change) ?? []).toSorted()[0];
        return continuedAt !== undefined || (await hasEnded());
      });
      await replacement;
      return continuedAt === undefined ? null : { ...kill, killedAt, continuedAt: Date.parse(continuedAt) };
    },
  };
}
