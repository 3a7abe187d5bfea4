/** Somebody who is given the bad release. */
export interface Contender {
  name: string;
  /** what it was told, for the table */
  settings: string;
  /** where its users' requests go */
  hostname: string;
  /** Gives it the bad release; resolves once it has been asked to roll it out. */
  release(): Promise<void>;
  /** Whether it says that the release has been taken back. @throws Error where it has ended in another way */
  isOver(): Promise<boolean>;
  /** Ends whatever was started for it. */
  close(): Promise<void>;
}
