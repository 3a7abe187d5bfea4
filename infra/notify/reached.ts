/** Whether any channel may have taken a message, or there is none: the page is beside the record then (pure). */
export function hasReached(deliveries: readonly { delivered: string }[]): boolean {
  return deliveries.length === 0 || deliveries.some(({ delivered }) => delivered !== "no");
}
