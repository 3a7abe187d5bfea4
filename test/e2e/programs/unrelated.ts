/** A Pulumi program that has nothing to do with sessions: the pack has no say on it. */
import { UNRELATED } from "../../policies/hostile.ts";
import { Shown } from "./shown.ts";

for (const fixture of UNRELATED) new Shown(fixture);
