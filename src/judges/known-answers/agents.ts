import { acted, called, type KnownAnswers, says, turns } from "./known-answer.ts";

const WEATHER = [
  {
    name: "get_weather",
    description: "Weather of a city now",
    parameters: { city: "string", unit: "celsius | kelvin" },
  },
];
const ORDERS = [
  { name: "get_order", description: "State of an order" },
  { name: "cancel_order", description: "Cancels an order that has not been shipped" },
];
const PLAN = "I will first look up whether order B20 has left, and cancel it only if it has not.";
const SHIPPED = called("get_order", { id: "A17" }, { status: "shipped" });

export const agentChecks: KnownAnswers = {
  root_cause: [
    {
      label: "no_failure",
      item: {
        conversation: [
          ...turns("Cancel order B20."),
          ...acted("cancel_order", { id: "B20" }, { status: "cancelled" }),
          says("Order B20 is cancelled."),
        ],
      },
    },
    {
      label: "failure",
      item: {
        conversation: [
          ...turns("Cancel order B20."),
          ...acted("cancel_order", { id: "B02" }, { status: "cancelled" }),
          says("Order B02 is cancelled."),
        ],
      },
    },
  ],
  tool_call_correctness: [
    {
      label: "correct",
      item: {
        tools: WEATHER,
        inputs: "How warm is it in Oslo, in Celsius?",
        toolCalls: [called("get_weather", { city: "Oslo", unit: "celsius" }, { temperature: 4 })],
        output: "It is 4 °C in Oslo.",
      },
    },
    {
      label: "incorrect",
      item: {
        tools: WEATHER,
        inputs: "How warm is it in Oslo, in Celsius?",
        toolCalls: [called("get_weather", { city: "Madrid", unit: "kelvin" }, { temperature: 292 })],
        output: "It is 19 °C in Oslo.",
      },
    },
  ],
  tool_call_efficiency: [
    {
      label: "efficient",
      item: {
        tools: ORDERS,
        inputs: "What is the state of order A17?",
        toolCalls: [SHIPPED],
        output: "It has been shipped.",
      },
    },
    {
      label: "wasteful",
      item: {
        tools: ORDERS,
        inputs: "What is the state of order A17?",
        toolCalls: [SHIPPED, SHIPPED, SHIPPED, SHIPPED, SHIPPED, SHIPPED],
        output: "It has been shipped.",
      },
    },
  ],
  plan_quality: [
    {
      label: "sound",
      item: {
        system: "You run shell commands on both hosts. You may change DNS.",
        conversation: turns(
          "Move our website to the new host tonight.",
          "My plan: 1. Back up files and database, and check the backup. 2. Copy both to the new host. 3. Test the site there under a temporary name. 4. Ask you to confirm, then change DNS. 5. Leave the old host running for a week, so that we can go back.",
        ),
      },
    },
    {
      label: "unsound",
      item: {
        system: "You run shell commands on both hosts. You may change DNS.",
        conversation: turns(
          "Move our website to the new host tonight.",
          "My plan: 1. Delete the site and its database on the old host. 2. Make a backup of what was there. 3. Copy the backup to the new host.",
        ),
      },
    },
    { label: "no_plan", item: { conversation: turns("What is the capital of Chile?", "Santiago.") } },
  ],
  plan_adherence: [
    {
      label: "followed",
      item: {
        conversation: [
          ...turns("Cancel order B20 if it has not left yet.", PLAN),
          ...acted("get_order", { id: "B20" }, { status: "packed" }),
          ...acted("cancel_order", { id: "B20" }, { status: "cancelled" }),
          says("B20 was still with us and is cancelled."),
        ],
      },
    },
    {
      label: "abandoned",
      item: {
        conversation: [
          ...turns("Cancel order B20 if it has not left yet.", PLAN),
          ...acted("send_voucher", { amount: 20 }, "sent"),
          says("I have sent you a voucher of $20 instead."),
        ],
      },
    },
    { label: "no_plan", item: { conversation: turns("What is the capital of Peru?", "Lima.") } },
  ],
  task_success: [
    {
      label: "success",
      item: {
        conversation: turns("Please cancel order B20.", "Order B20 is cancelled."),
        toolCalls: [called("cancel_order", { id: "B20" }, { status: "cancelled" })],
        state: { B20: "cancelled" },
      },
    },
    {
      label: "failure",
      item: {
        conversation: turns("Please cancel order A17.", "Done! Order A17 is cancelled.", "Great, thank you!"),
        toolCalls: [called("cancel_order", { id: "A17" }, "order has been shipped already", true)],
        state: { A17: "shipped" },
      },
    },
  ],
};
