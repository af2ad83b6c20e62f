import { findEscalation } from "../../judges/builtin/no-escalation.ts";
import type { Signal } from "../signal.ts";
import { inUserTurns } from "./user-says.ts";

/** The user asks for a person, by English set phrases. */
export const asksForPerson: Signal = {
  name: "asks_for_person",
  definition: "The user asks for a person (English set phrases).",
  layer: null,
  least: 1,
  judge: "no_escalation",
  find: (conversation) =>
    inUserTurns(conversation, (text) =>
      findEscalation(text) === undefined ? undefined : "asks for a person",
    ),
};
