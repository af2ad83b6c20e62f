/** The shop that the agent works for: four orders, a return policy, and a payment gateway that sometimes fails. */
interface Order {
  readonly id: string;
  readonly item: string;
  readonly priceUsd: number;
  readonly status: "processing" | "shipped" | "delivered";
  readonly daysSinceDelivery: number | null;
}

const ORDERS: readonly Order[] = [
  { id: "1001", item: "wool blanket", priceUsd: 80, status: "delivered", daysSinceDelivery: 6 },
  { id: "1002", item: "desk lamp", priceUsd: 35, status: "shipped", daysSinceDelivery: null },
  { id: "1003", item: "espresso machine", priceUsd: 420, status: "delivered", daysSinceDelivery: 12 },
  { id: "1004", item: "garden chair", priceUsd: 60, status: "delivered", daysSinceDelivery: 75 },
];

const POLICY = [
  {
    id: "returns",
    text: "Returns are accepted within 30 days of delivery. Refunds go to the original payment method.",
  },
  {
    id: "shipping",
    text: "Standard shipping takes 3 to 5 working days. Orders can be changed until they ship.",
  },
];

type Arguments = Readonly<Record<string, unknown>>;

export interface Tool {
  readonly name: string;
  readonly description: string;
  readonly parameters: Record<string, unknown>;
  run(arguments_: Arguments): unknown;
}

const orderIdParameter = {
  type: "object",
  properties: { order_id: { type: "string", description: "Digits only, e.g. 1001" } },
  required: ["order_id"],
};

function findOrder(arguments_: Arguments): Order {
  const order = ORDERS.find((candidate) => candidate.id === arguments_["order_id"]);
  if (!order) throw new Error(`order ${JSON.stringify(arguments_["order_id"])} not found`);
  return order;
}

export const tools: readonly Tool[] = [
  {
    name: "lookup_order",
    description: "Look up an order: item, price, status.",
    parameters: orderIdParameter,
    run: findOrder,
  },
  {
    name: "search_policy",
    description: "Search the shop's policies.",
    parameters: { type: "object", properties: { query: { type: "string" } }, required: ["query"] },
    run: ({ query }) => POLICY.filter((entry) => String(query).includes(entry.id.slice(0, 4))),
  },
  {
    name: "issue_refund",
    description: "Refund a delivered order within the return window.",
    parameters: orderIdParameter,
    run(arguments_) {
      const order = findOrder(arguments_);
      if (order.priceUsd > 400) throw new Error("payment gateway timeout after 5000 ms (request 8f3a-77c1)");
      return { refunded_usd: order.priceUsd, order_id: order.id };
    },
  },
];
