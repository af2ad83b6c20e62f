import { findCapitals } from "../../judges/builtin/user-tone.ts";
import type { Signal } from "../signal.ts";
import { inUserTurns } from "./user-says.ts";

/** A message of the user's of three words or more, seven in ten of them in capitals. */
export const caps: Signal = {
  name: "caps",
  definition: "The user writes in capitals: three words or more, 70 % of them.",
  layer: null,
  least: 1,
  judge: "no_user_caps",
  find: (conversation) => inUserTurns(conversation, (text) => findCapitals(text, 0.7, 3)),
};
