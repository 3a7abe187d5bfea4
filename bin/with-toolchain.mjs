#!/usr/bin/env node
// with-toolchain.mjs WHAT SCRIPT [args]: runs a script of this repository with what the command WHAT needs.
import { launch } from "../tools/launch.mjs";
import { NEEDS, needsOfScript } from "../tools/needs.mjs";

const [what, script, ...args] = process.argv.slice(2);
const needs = needsOfScript(what ?? "", args);
if (needs === undefined || script === undefined) {
  process.stderr.write(`usage: node bin/with-toolchain.mjs ${Object.keys(NEEDS).join("|")} SCRIPT [args]\n`);
  process.exitCode = 2;
} else {
  await launch(needs, script, args);
}
