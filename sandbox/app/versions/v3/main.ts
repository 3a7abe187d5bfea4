import { serve } from "./src/server.ts";

/** Passes staging and the smoke test; under production's traffic a pod soon fails a fifth of its requests: a fault that only a canary meets. */
await serve({
  version: "v3",
  documents: "summarised",
  readiness: "checked",
  failures: { after: 30, oneIn: 5, stages: ["production"] },
});
