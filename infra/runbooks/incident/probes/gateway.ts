import { ask } from "../../../clients/http.ts";
import type { Probe } from "../facts.ts";
import { ANSWER_WITHIN, measured, spoken } from "./measure.ts";

/** Where users come in. */
export interface GatewayProbe {
  baseUrl: string;
  hostname: string;
  healthPath: string;
}

/** Milliseconds from which on users notice: no dependency's share is in it. */
const SLOW_AFTER = 2_500;

/** One plain request, as a user's: it touches no dependency behind the pods. */
export function probeGateway({ baseUrl, hostname, healthPath }: GatewayProbe): Promise<Probe> {
  return measured(async () => {
    const url = new URL(healthPath, baseUrl);
    const { status } = await ask({ url, headers: { host: hostname }, within: ANSWER_WITHIN });
    if (status !== 200) throw spoken(`HTTP_${status}`);
  }, SLOW_AFTER);
}
