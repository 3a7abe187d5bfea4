import { resolve } from "node:path";
import { migrateMain } from "./src/migrate.ts";

/** Part of every version's image; its own migrations lie in its working directory. */
await migrateMain(resolve("migrations"));
