import type { Convention } from "./fields.ts";

/** CrewAI's own telemetry (scope `crewai.telemetry`), which names crews and tasks; calls come from other scopes. */
export const crewAi: Convention = {
  name: "crewai",
  scope: /^crewai/,
  words: ["crew_key", "crew_id", "task_key"],
  fields: {
    kind: () => "workflow",
    input: (r) => r.json("crew_inputs", "formatted_description"),
    output: (r) => r.json("crew_output", "task_output"),
  },
};
