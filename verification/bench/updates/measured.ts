import type { Session } from "../../../infra/runner/session.ts";
import type { Load } from "../../load/load.ts";

/** A release on production under load, of which something is measured. */
export interface Measured {
  session: Session;
  release: string;
  load: Load;
}
