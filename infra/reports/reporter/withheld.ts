import type { Redactor } from "../../records/redaction/redact.ts";
import type { Reporter } from "./reporter.ts";

/** A reporter that shows problems without what is secret in them: an engine's error may quote what a Job has logged. Events come from the record, which is without. */
export function withheldReporter(reporter: Reporter, { text }: Pick<Redactor, "text">): Reporter {
  return { ...reporter, problems: (problems) => reporter.problems(problems.map(text)) };
}
