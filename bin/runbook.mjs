#!/usr/bin/env node
import { launch } from "../tools/launch.mjs";
import { needsOfRunbook } from "../tools/needs.mjs";

const args = process.argv.slice(2);
await launch(needsOfRunbook(args), "bin/runbook.ts", args);
