import { serve } from "./src/server.ts";

/** Serves, but never becomes ready. */
await serve({ version: "v4", documents: "summarised", readiness: "never", failures: null });
