#!/usr/bin/env node
import { launch } from "../sandbox/engine/toolchain/launch.mjs";
import { needsOfRunbook } from "../sandbox/engine/toolchain/needs.mjs";

const args = process.argv.slice(2);
await launch(needsOfRunbook(args), "bin/runbook.ts", args);
