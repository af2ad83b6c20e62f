const section = (text: string, name: string): string =>
  new RegExp(`\\[${name} (\\w+)\\]\\n([\\s\\S]*?)\\n\\[end \\1\\]`).exec(text)?.[2] ?? "";

/** The two answers of a judge's question, as they are shown. */
export const shownPair = (text: string) => ({
  first: section(text, "output_1"),
  second: section(text, "output_2"),
});
