import type { Retrieval } from "../../model/judged-item.ts";
import { called, type KnownAnswers } from "./known-answer.ts";

const WARRANTY =
  "Warranty: 24 months from the day of purchase; batteries 6 months. Damage by water is not covered.";

const found = (query: string, ...contents: readonly string[]): Retrieval => ({
  spanId: null,
  query,
  documents: contents.map((content) => ({ id: null, content, score: null })),
});

export const evidenceChecks: KnownAnswers = {
  groundedness: [
    {
      label: "grounded",
      item: {
        inputs: "How long is the warranty on the battery?",
        output: "Six months from the day of purchase.",
        expectations: { context: [WARRANTY] },
      },
    },
    {
      label: "ungrounded",
      item: {
        inputs: "How long is the warranty on the battery?",
        output: "Batteries have 12 months of warranty, and for $20 you can extend it to three years.",
        expectations: { context: [WARRANTY] },
      },
    },
  ],
  hallucination: [
    {
      label: "hallucinated",
      item: {
        inputs: "Please cancel order A17.",
        toolCalls: [called("get_order", { id: "A17" }, { status: "shipped" })],
        output: "I have cancelled order A17 and paid $84.20 back to your card.",
      },
    },
    {
      label: "none",
      item: {
        inputs: "What is the state of order A17?",
        toolCalls: [called("get_order", { id: "A17" }, { status: "shipped" })],
        output: "Order A17 has been shipped.",
      },
    },
  ],
  retrieval_relevance: [
    {
      label: "relevant",
      item: {
        inputs: "I forgot my password.",
        retrievals: [
          found(
            "reset password",
            "To reset your password, choose 'Forgot password' on the sign-in page and follow the e-mail.",
            "The link for a new password is valid for one hour. After that, ask for another one.",
          ),
        ],
      },
    },
    {
      label: "irrelevant",
      item: {
        inputs: "I forgot my password.",
        retrievals: [
          found("reset password", "Our offices are in Lyon and Turin.", "We plant a tree for each order."),
        ],
      },
    },
    { label: "empty", item: { inputs: "I forgot my password.", retrievals: [found("reset password")] } },
  ],
  retrieval_sufficiency: [
    {
      label: "sufficient",
      item: {
        inputs: "How long does a parcel to Norway take?",
        retrievals: [
          found(
            "delivery time Norway",
            "Delivery inside the EU takes 3 days, to Norway and Switzerland 6 to 8 days.",
          ),
        ],
      },
    },
    {
      label: "insufficient",
      item: {
        inputs: "How long does a parcel to Norway take?",
        retrievals: [
          found("delivery time Norway", "Delivery is free from 50 euros on.", "We ship on working days."),
        ],
      },
    },
  ],
};
