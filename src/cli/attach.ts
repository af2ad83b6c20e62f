import { join } from "node:path";
import { packageRoot } from "../runtime.ts";

/** Lines that attach this installation to each host, and a shell, from any folder; they name a Node that is known to work. */
export function attachLines(
  node: string = process.execPath,
): readonly { readonly host: string; readonly lines: readonly string[] }[] {
  const entry = join(packageRoot, "dist", "evalwright.js");
  const json = JSON.stringify({ mcpServers: { evalwright: { command: node, args: [entry] } } });
  return [
    { host: "Claude Code", lines: [`claude mcp add --scope user evalwright -- "${node}" "${entry}"`] },
    { host: "Codex", lines: [`codex mcp add evalwright -- "${node}" "${entry}"`] },
    { host: "Cursor (~/.cursor/mcp.json)", lines: [json] },
    {
      host: "A shell, as in the README's `evalwright ...`",
      lines: [`alias evalwright='"${node}" "${entry}"'`],
    },
  ];
}
