import { resolve } from "node:path";
import { backupMain } from "./src/backup.ts";

/** Part of every version's image; its own migrations lie in its working directory. */
await backupMain(resolve("migrations"));
