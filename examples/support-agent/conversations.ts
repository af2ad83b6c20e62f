/** What customers say, and whether they were happy afterwards (what a thumbs button in the shop would send). */
export const CONVERSATIONS: readonly {
  readonly id: string;
  readonly turns: readonly string[];
  readonly thumbs?: boolean;
  readonly comment?: string;
}[] = [
  { id: "chat-01", turns: ["Where is order 1002?", "Thanks!"], thumbs: true },
  {
    id: "chat-02",
    turns: ["I want a refund for order 1001, the blanket has a hole.", "Thank you"],
    thumbs: true,
  },
  {
    id: "chat-03",
    turns: [
      "My espresso machine is broken. Order 1003, refund please.",
      "Are you sure? My bank shows nothing for order 1003.",
    ],
    thumbs: false,
    comment: "Told me it was refunded. It was not.",
  },
  { id: "chat-04", turns: ["How long does shipping take?"] },
  {
    id: "chat-05",
    turns: [
      "Hi, it is about order 1001, the blanket.",
      "It has a hole and I would like my money back.",
      "I ALREADY TOLD YOU THE NUMBER! I want a human please.",
    ],
    thumbs: false,
    comment: "I had to repeat myself.",
  },
  { id: "chat-06", turns: ["Can I return something after two weeks?", "Great, thanks"], thumbs: true },
  {
    id: "chat-07",
    turns: ["Refund for order #1001 please, it has a hole.", "It is #1001, I have the receipt here."],
    thumbs: false,
    comment: "It could not find an order that I can see in my account.",
  },
  { id: "chat-08", turns: ["I want my money back for order 1004."] },
];
