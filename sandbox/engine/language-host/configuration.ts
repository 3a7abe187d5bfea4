import { readFileSync } from "node:fs";
import "./lazy-sdk.ts";

/** Loaded before the program: takes the stack's configuration off the pipe to where @pulumi/pulumi looks for it. */
process.env.PULUMI_CONFIG = readFileSync(3, "utf8");
