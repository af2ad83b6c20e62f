import { hasWindowsLines, type Located } from "./located.ts";

/**
 * A file whose whole text is the prompt. Exact but for one thing: a text without any CR that is written into a file
 * of CR LF lines gets those, since line ends belong to the file.
 */
export const wholeFile = (source: string): Located => ({
  text: source,
  replaced: (text) =>
    hasWindowsLines(source) && !text.includes("\r") ? text.replaceAll("\n", "\r\n") : text,
});
