import { callService, type Patience, type ServiceCall, unexpected } from "../clients/service-call.ts";
import type { Probed } from "./issuer.ts";

const REFUSED = new Set([401, 403]);

/** Logs in at a service: 200 accepts the credential, 401 and 403 refuse it, and anything else says nothing of it. */
export async function probeService(call: ServiceCall, patience: Patience): Promise<Probed> {
  try {
    const { status } = await callService(call, patience);
    if (status === 200) return { answer: "accepted" };
    return REFUSED.has(status) ? { answer: "refused" } : { answer: "unknown", why: unexpected(call, status).message };
  } catch (error) {
    return { answer: "unknown", why: error instanceof Error ? error.message : String(error) };
  }
}
