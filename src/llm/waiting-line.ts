/** Who waits, in the order of their tickets; leaving from anywhere costs the same. */
export interface WaitingLine<T> {
  /** The lower the ticket, the sooner; a returning one passes those that came after it. */
  join(ticket: number, who: T): () => void;
  /** Takes the first out; undefined when nobody waits. */
  next(): T | undefined;
  size(): number;
  /** Takes all out. */
  clear(): T[];
}

interface Place<T> {
  readonly ticket: number;
  readonly who: T;
  before: Place<T> | null;
  after: Place<T> | null;
  left: boolean;
}

export function createWaitingLine<T>(): WaitingLine<T> {
  let first: Place<T> | null = null;
  let last: Place<T> | null = null;
  let size = 0;

  const leave = (place: Place<T>): void => {
    if (place.left) return;
    place.left = true;
    size -= 1;
    if (place.before) place.before.after = place.after;
    else first = place.after;
    if (place.after) place.after.before = place.before;
    else last = place.before;
  };

  /** The last place with a lower ticket. Newcomers have the highest and returners low ones, so either end is near. */
  const placeBefore = (ticket: number): Place<T> | null => {
    if (last === null || last.ticket <= ticket) return last;
    let before: Place<T> | null = null;
    for (let place = first; place && place.ticket <= ticket; place = place.after) before = place;
    return before;
  };

  return {
    join(ticket, who) {
      const before = placeBefore(ticket);
      const after = before ? before.after : first;
      const place: Place<T> = { ticket, who, before, after, left: false };
      if (before) before.after = place;
      else first = place;
      if (after) after.before = place;
      else last = place;
      size += 1;
      return () => leave(place);
    },
    next() {
      const place = first;
      if (!place) return undefined;
      leave(place);
      return place.who;
    },
    size: () => size,
    clear() {
      const all: T[] = [];
      for (let place = first; place; place = first) {
        leave(place);
        all.push(place.who);
      }
      return all;
    },
  };
}
