import { Agent } from "undici";
import { ANSWER_WITHIN, ask } from "../../clients/http.ts";
import { RELEASE_HEADER } from "../../domain/release-header.ts";
import type { Target } from "../../gates/index.ts";
import type { OwnOutcome } from "../../metrics/own-requests.ts";
import type { Sample } from "./shares.ts";

const AT_ONCE = 20;
/** So many are sent before what was answered is looked at. */
const CHUNK = 40;

/** What is asked, and how often. */
export interface Sampling {
  target: Target;
  /** What the requests send in the release header; null for plain ones, which the weights share out. */
  header: string | null;
  size: number;
  signal: AbortSignal;
  /** Asked from time to time: whether what was answered so far says enough. */
  tells: (sample: Sample) => boolean;
}

async function whoAnswers({ target, header, signal }: Sampling, agent: Agent): Promise<string | null> {
  const ended = target.meter.sent("probe");
  let outcome: OwnOutcome = { release: null, status: null };
  try {
    await ask({
      url: new URL(target.healthPath, target.baseUrl),
      dispatcher: agent,
      signal,
      headers: {
        ...(target.hostname === null ? {} : { host: target.hostname }),
        ...(header === null ? {} : { [RELEASE_HEADER]: header }),
      },
      onHead({ headers, status }) {
        const said = headers[RELEASE_HEADER];
        outcome = { release: typeof said === "string" ? said : null, status };
      },
    });
    return outcome.release;
  } finally {
    ended(outcome);
  }
}

/** Sends requests to the health path and counts who answers. Rejects only where the signal fires. */
export async function takeSample(sampling: Sampling): Promise<Sample> {
  const { size, signal, tells } = sampling;
  const agent = new Agent({ connections: AT_ONCE, connect: { timeout: ANSWER_WITHIN } });
  const counts = new Map<string, number>();
  let unlabelled = 0;
  let failed = 0;
  let sent = 0;
  const sample = (): Sample => ({ releases: Object.fromEntries(counts), unlabelled, failed });
  const one = async (until: number) => {
    while (sent < until && !signal.aborted) {
      sent += 1;
      try {
        const release = await whoAnswers(sampling, agent);
        if (release === null) unlabelled += 1;
        else counts.set(release, (counts.get(release) ?? 0) + 1);
      } catch {
        failed += 1;
      }
    }
  };
  try {
    while (sent < size && !signal.aborted && !tells(sample())) {
      const until = Math.min(size, sent + CHUNK);
      await Promise.all(Array.from({ length: AT_ONCE }, () => one(until)));
    }
  } finally {
    await agent.destroy();
  }
  signal.throwIfAborted();
  return sample();
}
