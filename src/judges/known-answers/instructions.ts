import type { KnownAnswers } from "./known-answer.ts";

const SYSTEM = "Answer in exactly one sentence. Never mention prices.";
const GUIDELINES = {
  guidelines: ["The answer gives a case number.", "The answer does not blame the customer."],
};
const ORDER_FIRST = { guidelines: ["Asks for the order number before anything else."] };

export const instructionChecks: KnownAnswers = {
  instruction_following: [
    {
      label: "followed",
      item: {
        system: SYSTEM,
        inputs: "What does the Team plan offer?",
        output: "The Team plan gives up to ten people shared boards and phone support.",
      },
    },
    {
      label: "not_followed",
      item: {
        system: SYSTEM,
        inputs: "What does the Team plan offer?",
        output:
          "The Team plan costs $24 a month. It gives up to ten people shared boards. Phone support is included.",
      },
    },
  ],
  guidelines: [
    {
      label: "followed",
      params: GUIDELINES,
      item: {
        inputs: "My order came broken.",
        output: "I am sorry about that. Your case number is 4471, and a new one leaves today.",
      },
    },
    {
      label: "broken",
      params: GUIDELINES,
      item: {
        inputs: "My order came broken.",
        output:
          "Your case number is 4471. You must have dropped it yourself; please be more careful next time.",
      },
    },
  ],
  example_guidelines: [
    {
      label: "followed",
      item: {
        inputs: "I want my money back.",
        output: "Could you give me the order number first?",
        expectations: ORDER_FIRST,
      },
    },
    {
      label: "broken",
      item: {
        inputs: "I want my money back.",
        output: "Refunds take five days. I have noted your wish and will see to it at once.",
        expectations: ORDER_FIRST,
      },
    },
  ],
};
