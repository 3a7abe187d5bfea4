import { serve } from "./src/server.ts";

/** The first version, and a good one. */
await serve({ version: "v1", documents: "plain", readiness: "checked", failures: null });
