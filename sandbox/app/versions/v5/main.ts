import { serve } from "./src/server.ts";

/** Fails a fifth of its requests on every stage: staging is to stop it. */
await serve({
  version: "v5",
  documents: "summarised",
  readiness: "checked",
  failures: { after: 0, oneIn: 5, stages: ["staging", "production"] },
});
