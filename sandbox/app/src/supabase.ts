const TIMEOUT_MS = 1000;

export interface Supabase {
  /** Rejects unless the auth service is healthy and the key passes for a privileged read. */
  check(): Promise<void>;
}

/** The two things of Supabase that the workload depends on beside its database; the key goes as `apikey`, never as Bearer. */
export function createSupabase(url: string, key: string): Supabase {
  async function read(path: string): Promise<void> {
    const response = await fetch(new URL(path, url), {
      headers: { apikey: key },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.arrayBuffer();
    if (!response.ok) {
      throw Object.assign(new Error(`Supabase answered ${response.status}`), { code: `HTTP_${response.status}` });
    }
  }
  return {
    check: async () => {
      await Promise.all([read("/auth/v1/health"), read("/rest/v1/")]);
    },
  };
}
