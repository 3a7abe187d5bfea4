import type { CallOff } from "./call-off.ts";
import type { Finding } from "./chain.ts";
import type { ChangeEvent, Draft, EventData } from "./events.ts";
import type { Claiming, Lease } from "./lease.ts";

/** Where change records are kept: append-only, chained, single-writer per event. */
export interface RecordStore {
  readonly url: string;
  /**
   * Proves that the store can be written, before a change begins.
   * @throws Refusal (exit 2) where it can't
   */
  check(): Promise<void>;
  /** The ids of all changes, the oldest first. */
  list(): Promise<string[]>;
  /** The ids of a stack's changes, the oldest first: looked up in an index, so that no record of another stack is read. */
  ofStack(stack: string): Promise<string[]>;
  /**
   * A change's events; a last line that was cut short by a crash is left out.
   * @throws Refusal (exit 2) where there is no such change
   */
  read(change: string): Promise<ChangeEvent[]>;
  /**
   * What a change did: its events without what it saw and waited for meanwhile (gates' verdicts, rounds, readings), short however
   * long it was watched. Of a closed change, those up to its end.
   * @throws Refusal (exit 2) where there is no such change
   */
  outline(change: string): Promise<ChangeEvent[]>;
  /** A change's events after one of its own: whoever follows a record reads no event twice. */
  readAfter(change: string, seq: number): Promise<ChangeEvent[]>;
  /**
   * A change's first event and its last, without those between.
   * @throws Refusal (exit 2) where there is no such change
   */
  ends(change: string): Promise<{ first: ChangeEvent; last: ChangeEvent }>;
  /** Everything that is wrong with a change's chain; empty where nothing is. */
  verify(change: string): Promise<Finding[]>;
  /** Allocates the day's next id and writes the first event, `opened`. */
  open(stack: string, at: Date, data: EventData): Promise<string>;
  /**
   * Writes the event number `seq`, durably.
   * @throws Refusal (exit 4) where that event exists already; (exit 70) where the store can't be written or was altered
   */
  append(change: string, seq: number, draft: Draft): Promise<ChangeEvent>;
  /** Puts a rendered page beside the events and says where it lies. */
  putPage(change: string, name: string, text: string): Promise<string>;
  /** Puts the page of all changes beside the records, `index.html`, and says where it lies. */
  putIndex(text: string): Promise<string>;
  /** Where a change's record lies: its page where there is one, else its events. */
  location(change: string): Promise<string>;
  /** Asks whoever runs a change to call it off; the first who asks counts, a later one changes nothing. */
  askToCallOff(change: string, asked: CallOff): Promise<void>;
  /** What was asked so; null where nobody has. */
  askedToCallOff(change: string): Promise<CallOff | null>;
  /** Marks that there is something new for whoever runs the stack's changes: one was opened, approved or called off. */
  markNews(stack: string): Promise<void>;
  /** The newest of those marks, to be held against the one seen before; null where there is none. One cheap read. */
  newsMark(stack: string): Promise<string | null>;
  /** One runner per stack: the second is told who the first is. The stack's own lock is what keeps the stack safe. */
  lease(stack: string, holder: Claiming): Promise<Lease>;
}
