/** Where a change's page is; stores that differ may have changes of one id, so the stack goes with it. */
export function changePath(change: string, stack: string): string {
  return `/changes/${encodeURIComponent(change)}?stack=${encodeURIComponent(stack)}`;
}

/** Where the live events of that page come from. */
export function eventsPath(change: string, stack: string): string {
  return `/changes/${encodeURIComponent(change)}/events?stack=${encodeURIComponent(stack)}`;
}

/** Where an action on a change is sent. */
export function changeActionPath(change: string, action: string): string {
  return `/changes/${encodeURIComponent(change)}/${action}`;
}

/** Where a stack's page is: its rollback targets, and the way back. */
export function stackPath(stack: string): string {
  return `/stacks/${encodeURIComponent(stack)}`;
}

/** Where a rollback is sent. */
export function rollbackPath(stack: string): string {
  return `${stackPath(stack)}/rollback`;
}

/** Where a stack's history is. */
export function historyPath(stack: string): string {
  return `/history?stack=${encodeURIComponent(stack)}`;
}
