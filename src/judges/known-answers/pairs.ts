import type { KnownAnswers } from "./known-answer.ts";

const COLOURS = "Name the three primary colours of paint. Only the names.";
const CAPITAL = "What is the capital of Australia?";
const PRODUCT = "What is 7 times 8?";

export const pairChecks: KnownAnswers = {
  preference: [
    {
      label: "first",
      item: { inputs: COLOURS, output: "Red, yellow, blue." },
      second: {
        inputs: COLOURS,
        output:
          "Colours are a fascinating subject that painters have studied for centuries! The primary colours are red, green and violet, from which all others can be mixed. Would you like to learn more about colour theory?",
      },
    },
    {
      label: "second",
      item: {
        inputs: CAPITAL,
        output:
          "Sydney is the capital of Australia: its largest city, known for the opera house and the harbour.",
      },
      second: { inputs: CAPITAL, output: "Canberra." },
    },
    {
      label: "tie",
      item: { inputs: PRODUCT, output: "56" },
      second: { inputs: PRODUCT, output: "It is 56." },
    },
  ],
};
