/** A text without some pieces of it, which still knows where each of its characters stood. */
export interface View {
  text: string;
  /** The place in the whole text of a place in this one. */
  placeOf(index: number): number;
}

/** Leaves out every match of the pattern (flags `g`), which must not match the empty text. */
export function without(whole: string, pattern: RegExp): View {
  const begins: number[] = [0];
  const places: number[] = [0];
  const kept: string[] = [];
  let [from, length] = [0, 0];
  for (const match of whole.matchAll(pattern)) {
    const piece = whole.slice(from, match.index);
    from = match.index + match[0].length;
    kept.push(piece);
    length += piece.length;
    begins.push(length);
    places.push(from);
  }
  kept.push(whole.slice(from));
  const placeOf = (index: number) => {
    let [low, high] = [0, begins.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((begins[middle] ?? 0) <= index) low = middle;
      else high = middle;
    }
    return index - (begins[low] ?? 0) + (places[low] ?? 0);
  };
  return { text: kept.join(""), placeOf };
}

/** Every place where `part` stands in `text`. */
export function* placesOf(text: string, part: string): Generator<number> {
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + 1)) yield at;
}
