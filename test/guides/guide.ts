import { guideText } from "../../src/guides.ts";

export interface Guide {
  readonly text: string;
  /** The blocks of a language, in order. */
  blocks(language: string): readonly string[];
  /** The variables that the guide tells to set, from its `sh` blocks. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A guide as a coding assistant reads it: with the collector's address and the project filled in. */
export function readGuide(name: string, projectId: string, httpUrl: string): Guide {
  const text = guideText(name, projectId, { state: "listening", httpUrl, grpcUrl: null, detail: "" });
  if (text === undefined) throw new Error(`no guide ${name}`);
  const blocks = (language: string) =>
    [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))].map(
      (match) => match[1] ?? "",
    );
  const assignments = blocks("sh").flatMap((block) => [...block.matchAll(/^(\w+)=(\S*)/gm)]);
  return {
    text,
    blocks,
    environment: Object.fromEntries(assignments.map(([, key = "", value = ""]) => [key, value])),
  };
}
