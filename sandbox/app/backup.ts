import { resolve } from "node:path";
import { backupMain } from "./src/backup.ts";

/** Every version's image links here; its own migrations lie in its working directory. */
await backupMain(resolve("migrations"));
