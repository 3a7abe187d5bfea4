import { z } from "zod";
import { parsedJson } from "../domain/json.ts";
import { resourceOf } from "../domain/urn.ts";
import { type ResourceChange, resourceChanges, resourcePreEvent } from "./resource-changes.ts";

const eventSchema = z.object({
  policyEvent: z
    .object({
      resourceUrn: z.string().default(""),
      message: z.string(),
      policyName: z.string(),
      enforcementLevel: z.string(),
    })
    .optional(),
  diagnosticEvent: z.object({ urn: z.string().default(""), message: z.string(), severity: z.string() }).optional(),
  resourcePreEvent: resourcePreEvent.optional(),
  summaryEvent: z.object({ resourceChanges: z.record(z.string(), z.number()).nullish() }).optional(),
});

/** What the runner wants to know of an update: the violations, the errors and the count of changes. */
export interface EngineEvents {
  violations: string[];
  errors: string[];
  warnings: string[];
  /** operations by kind, such as create, update, delete, same */
  changes: Record<string, number>;
  /** what was done to each resource that changed */
  resources: ResourceChange[];
}

const COLOUR = /<\{%[^%]*%\}>/g;
const plain = (text: string): string => text.replace(COLOUR, "").trim();
const nameOf = (urn: string): string => {
  const { type, name } = resourceOf(urn);
  return `${type} ${name}`.trim();
};

/** Reads the engine's event log (JSON lines). */
export function parseEngineEvents(log: string): EngineEvents {
  const events: EngineEvents = { violations: [], errors: [], warnings: [], changes: {}, resources: [] };
  const touched: z.infer<typeof resourcePreEvent>[] = [];
  // A CLI that was killed leaves its last line half written.
  const whole = log.slice(0, log.lastIndexOf("\n") + 1).split("\n");
  for (const [index, line] of whole.entries()) {
    if (line.trim() === "") continue;
    const event = eventSchema.safeParse(parsedJson(line)).data;
    if (event === undefined) {
      events.errors.push(`line ${index + 1} of the engine's event log can't be read: see that the Pulumi CLI fits`);
      continue;
    }
    const { policyEvent, resourcePreEvent, diagnosticEvent, summaryEvent } = event;
    if (policyEvent?.enforcementLevel === "mandatory") {
      events.violations.push(
        `policy ${policyEvent.policyName}: ${nameOf(policyEvent.resourceUrn)}: ${plain(policyEvent.message)}`,
      );
    }
    if (diagnosticEvent?.severity === "error") {
      const where = nameOf(diagnosticEvent.urn);
      events.errors.push(`${where === "" ? "" : `${where}: `}${plain(diagnosticEvent.message)}`);
    }
    if (diagnosticEvent?.severity === "warning") events.warnings.push(plain(diagnosticEvent.message));
    if (resourcePreEvent !== undefined) touched.push(resourcePreEvent);
    if (summaryEvent?.resourceChanges) events.changes = summaryEvent.resourceChanges;
  }
  return { ...events, resources: resourceChanges(touched) };
}
