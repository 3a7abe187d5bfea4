import type { Json } from "../../sandbox/cloud/wire.ts";
import { type Names, type Place, placesOf } from "./places.ts";

/** A statement of an IAM policy. */
export interface Statement {
  Sid: string;
  Effect: "Allow";
  Action: string[];
  Resource: string[];
  Condition?: Record<string, Record<string, Json>>;
}

/** A policy document. */
export interface Policy {
  Version: "2012-10-17";
  Statement: Statement[];
}

/** An action at a place of its own: what isn't the program's, and so has no place by its name. */
export interface Grant {
  action: string;
  place: Place;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Letters and digits, as IAM wants it: the services of a statement, and a number where they have said something before. */
function sidOf(actions: readonly string[], known: readonly Statement[]): string {
  const services = [...new Set(actions.map((action) => capital(action.split(":")[0] ?? "")))].join("");
  const same = known.filter(({ Sid }) => Sid === services || Sid.startsWith(`${services}Part`)).length;
  return same === 0 ? services : `${services}Part${same + 1}`;
}

/** A policy of the actions of the program and of others, one statement for those of one service that share a place (pure). */
export function policyOf(actions: readonly string[], names: Names, others: readonly Grant[] = []): Policy {
  const grants = [
    ...[...new Set(actions)].sort().flatMap((action) => placesOf(action, names).map((place) => ({ action, place }))),
    ...others,
  ];
  const shared = Map.groupBy(grants, ({ action, place }) =>
    JSON.stringify([place.resources[0] === "*" ? "" : action.split(":")[0], place]),
  );
  const statements: Statement[] = [];
  for (const group of shared.values()) {
    const [first] = group;
    if (first === undefined) continue;
    const Action = [...new Set(group.map(({ action }) => action))].sort();
    const { resources, condition } = first.place;
    const Condition = condition === undefined ? {} : { Condition: condition };
    statements.push({
      Sid: sidOf(Action, statements),
      Effect: "Allow",
      Action,
      Resource: [...resources],
      ...Condition,
    });
  }
  return { Version: "2012-10-17", Statement: statements };
}

/** Every action that a policy allows. */
export function allowedBy({ Statement }: Policy): Set<string> {
  return new Set(Statement.flatMap(({ Action }) => Action));
}
