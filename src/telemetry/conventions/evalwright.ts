import { EVALUATION_TAG } from "../../model/evaluation-tag.ts";
import type { Convention } from "./fields.ts";
import { addTag } from "./tags.ts";

/** What our own runs of an agent say of themselves: programs that we start send it as a resource attribute. */
export const evalwright: Convention = {
  name: "evalwright",
  words: [],
  fields: {
    tags(r) {
      const tags = new Map<string, string>();
      addTag(tags, EVALUATION_TAG, r.raw.resource[EVALUATION_TAG]);
      return tags;
    },
  },
};
