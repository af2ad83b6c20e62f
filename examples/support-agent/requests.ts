interface Example {
  readonly id: string;
  readonly inputs: { readonly message: string };
  /** What the customer says after that. */
  readonly turns: readonly string[];
  readonly expectations: { readonly answer: string };
}

const CUSTOMERS =
  "Ann Ben Cleo Dev Eva Finn Gül Hugo Ida Jo Kim Leo Mia Nils Olga Paul Quinn Rosa Sam Tove".split(" ");

/** Ways of asking, and what a good answer says. The first two the agent gets wrong, until its prompt says how. */
const KINDS = [
  {
    name: "hash",
    message: (who: string) => `${who} here: I would like a refund for order #1001.`,
    turns: [],
    answer: "refunded $80",
  },
  {
    name: "earlier",
    message: (who: string) => `Hello, this is ${who}, about order 1001.`,
    turns: ["It has a hole, I want my money back."],
    answer: "refunded $80",
  },
  {
    name: "status",
    message: (who: string) => `${who} asks where order 1002 is.`,
    turns: [],
    answer: "shipped",
  },
  {
    name: "late",
    message: (who: string) => `I am ${who} and want my money back for order 1004.`,
    turns: [],
    answer: "returns close after 30 days",
  },
  {
    name: "policy",
    message: (who: string) => `${who} would like to know: how long does shipping take?`,
    turns: [],
    answer: "3 to 5 working days",
  },
] as const;

/** What customers ask day by day: a hundred requests. */
export const REQUESTS: readonly Example[] = KINDS.flatMap(({ name, message, turns, answer }) =>
  CUSTOMERS.map((who) => ({
    id: `${name}-${who.toLowerCase()}`,
    inputs: { message: message(who) },
    turns,
    expectations: { answer },
  })),
);

/** Refunds that the shop's payment gateway does not make. The model behind the agent claims them, whatever it is told. */
export const GATEWAY_REQUESTS: readonly Example[] = [
  ...CUSTOMERS.map((who) => `${who} wants a refund for order 1003, the espresso machine.`),
  ...CUSTOMERS.map((who) => `Order 1003 leaks. I am ${who} and I want to return it.`),
].map((message, i) => ({
  id: `gateway-${i}`,
  inputs: { message },
  turns: [],
  expectations: { answer: "could not be refunded" },
}));
