/** Ways in which a release of the fake workload misbehaves. */
export type Fault =
  | "unhealthy"
  | "no health path"
  | "not ready"
  | "lying readiness"
  | "html readiness"
  | "silent"
  | "misrouted"
  | "no cookie"
  | "own sessions"
  | "another user"
  | "broken edit"
  | "keeps documents"
  | "strangers write"
  | "strangers read"
  | "deletes despite allocations"
  | "refuses deletes"
  | "refuses logouts"
  | "loses the session after a creation"
  | "no id"
  | "no socket"
  | "no hello"
  | "another's hello"
  | "drops the socket"
  | "no pong"
  | "loses events"
  | "no lists"
  | "a page for a list"
  | "broken lists"
  | "forbidden lists"
  | "lists without ids";

export interface WorkloadState {
  /** Faults per release; may be changed while it runs. */
  faults: Map<string, Set<Fault>>;
  /** Sessions by store and token: every release shares one store unless it has its own. */
  sessions: Map<string, string>;
  documents: Map<string, unknown>;
  beneficiaries: Map<string, unknown>;
  /** Allocation to beneficiary. */
  allocations: Map<string, string>;
  budgets: Map<string, unknown>;
  /** The Host headers that were seen. */
  hosts: Set<string | undefined>;
  requests: number;
  nextId: number;
}

export function newState(): WorkloadState {
  return {
    faults: new Map(),
    sessions: new Map(),
    documents: new Map(),
    beneficiaries: new Map(),
    allocations: new Map(),
    budgets: new Map(),
    hosts: new Set(),
    requests: 0,
    nextId: 1,
  };
}

/** What a gate would leave behind: things that outlive its look. */
export function leftovers(state: WorkloadState): Record<string, number> {
  return {
    sessions: state.sessions.size,
    documents: state.documents.size,
    beneficiaries: state.beneficiaries.size,
    allocations: state.allocations.size,
    budgets: state.budgets.size,
  };
}

export const NOTHING_LEFT = { sessions: 0, documents: 0, beneficiaries: 0, allocations: 0, budgets: 0 };
