import type { Log } from "../../../infra/service/log.ts";

/** The log of a stack's service, of which the errors alone are kept, in a list that all stacks share. */
export function errorsInto(problems: string[], stack: string): Log {
  return ({ level, message, problems: what = [] }) => {
    if (level === "error") problems.push([`${stack}: ${message}`, ...what].join("; "));
  };
}
