import { resolve } from "node:path";
import { migrateMain } from "./src/migrate.ts";

/** Every version's image links here; its own migrations lie in its working directory. */
await migrateMain(resolve("migrations"));
