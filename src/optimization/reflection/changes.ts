/** Lines, and sentences of long lines: what an edit adds or removes as a whole. */
const piecesOf = (text: string): string[] =>
  text
    .split(/\n|(?<=[.!?])\s+(?=\S)|(?<=[。！？])/u)
    .map((piece) => piece.trim())
    .filter((piece) => piece !== "");

function without(pieces: readonly string[], others: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const piece of others) left.set(piece, (left.get(piece) ?? 0) + 1);
  return pieces.filter((piece) => {
    const count = left.get(piece) ?? 0;
    left.set(piece, count - 1);
    return count <= 0;
  });
}

/** What an edit took out (`- `) and put in (`+ `), sentence by sentence; moves do not show. */
export function changesOf(before: string, after: string): readonly string[] {
  const [old, now] = [piecesOf(before), piecesOf(after)];
  return [
    ...without(old, now).map((piece) => `- ${piece}`),
    ...without(now, old).map((piece) => `+ ${piece}`),
  ];
}
