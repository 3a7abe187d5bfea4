export interface Afm {
  /** Announces a reconciliation. Rejects where AFM refuses it or doesn't answer within a second. */
  reconcile(reconciliation: { budget: string; total: string }): Promise<void>;
  /** Rejects where AFM is away or refuses our key. */
  check(): Promise<void>;
}

const TIMEOUT_MS = 1000;

/** The third party, reached by HTTPS with the key as `x-api-key`. */
export function createAfm(url: string, key: string): Afm {
  async function call(path: string, init: RequestInit): Promise<void> {
    const response = await fetch(new URL(path, url), {
      ...init,
      headers: { "x-api-key": key, "content-type": "application/json" },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    // An unread body would keep the connection from being used again.
    await response.arrayBuffer();
    if (!response.ok) {
      throw Object.assign(new Error(`AFM answered ${response.status}`), { code: `HTTP_${response.status}` });
    }
  }

  return {
    reconcile: (reconciliation) =>
      call("/v1/reconciliations", { method: "POST", body: JSON.stringify(reconciliation) }),
    check: () => call("/v1/status", { method: "GET" }),
  };
}
