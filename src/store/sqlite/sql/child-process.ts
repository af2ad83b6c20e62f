import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { AppError } from "../../../errors.ts";
import { entryUrl } from "../../../runtime.ts";
import type { EngineName } from "./engine.ts";
import { Reply, type Request } from "./protocol.ts";

const START_MS = 15_000;
const HEAP_MIB = 256;

export interface ChildProcess {
  alive(): boolean;
  /** The answer; `late` when it has not come in time; `died` when the process ended instead. */
  ask(request: Omit<Request, "id">, timeoutMs: number): Promise<Reply | "late" | "died">;
  kill(): Promise<void>;
}

/** The environment holds keys; the child needs none of it. */
const environment = (): NodeJS.ProcessEnv =>
  process.env["SystemRoot"] === undefined ? {} : { SystemRoot: process.env["SystemRoot"] };

/** @throws AppError `unavailable` when the process cannot open the store. */
export async function startChild(path: string, engine: EngineName | undefined): Promise<ChildProcess> {
  const process_ = fork(fileURLToPath(entryUrl("sql-child")), engine ? [path, engine] : [path], {
    execArgv: [`--max-old-space-size=${HEAP_MIB}`, "--disable-warning=ExperimentalWarning"],
    env: environment(),
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    serialization: "json",
  });
  let receive: (reply: Reply | "died") => void = () => undefined;
  process_.on("message", (message) => {
    const reply = Reply.safeParse(message);
    if (reply.success) receive(reply.data);
  });
  process_.on("error", () => receive("died"));
  process_.on("exit", () => receive("died"));
  const alive = () => process_.exitCode === null && process_.signalCode === null && process_.connected;

  /** An idle child must not keep this process running; a working one must. */
  const hold = (working: boolean): void => {
    process_[working ? "ref" : "unref"]();
    process_.channel?.[working ? "ref" : "unref"]();
  };
  const answer = async (timeoutMs: number, begin: () => void): Promise<Reply | "late" | "died"> => {
    hold(true);
    const { promise, resolve } = Promise.withResolvers<Reply | "late" | "died">();
    receive = resolve;
    const timer = setTimeout(() => resolve("late"), timeoutMs);
    begin();
    const reply = await promise;
    clearTimeout(timer);
    receive = () => undefined;
    hold(false);
    return reply;
  };
  const kill = async (): Promise<void> => {
    if (process_.exitCode !== null || process_.signalCode !== null) return;
    // Nothing else may keep this process alive, and whoever closes waits for the end.
    process_.ref();
    const exited = once(process_, "exit");
    process_.kill("SIGKILL");
    await exited;
  };

  const ready = await answer(START_MS, () => undefined);
  if (ready === "late" || ready === "died") {
    await kill();
    throw new AppError("unavailable", "The store could not be opened for a query", {
      hint: "Run evalwright doctor.",
    });
  }
  let lastId = 0;
  return {
    alive,
    kill,
    ask: (request, timeoutMs) => {
      lastId += 1;
      const message: Request = { ...request, id: lastId };
      return answer(timeoutMs, () => {
        process_.send(message, (error) => {
          if (error) receive("died");
        });
      });
    },
  };
}
