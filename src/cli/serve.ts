import { resolveProject, workingFolder } from "../project.ts";
import type { ServeOptions } from "./serve-app.ts";

/** `evalwright`: MCP over stdio. Git tells the project while the server's code is loading. */
export async function serve(options: ServeOptions): Promise<void> {
  const configured = options.project ?? process.env["EVALWRIGHT_PROJECT"];
  const [project, { serveApp }] = await Promise.all([
    resolveProject(workingFolder(), configured),
    import("./serve-app.ts"),
  ]);
  await serveApp(project, options);
}
