import { type KnownAnswers, turns } from "./known-answer.ts";

const HOTEL =
  "You are the booking assistant of Hotel Linde. You speak of bookings only and never give discounts.";
const BROKEN = "I'm Ana. My order A17 arrived broken. I want a new one, no refund.";

export const conversationChecks: KnownAnswers = {
  user_frustration: [
    {
      label: "none",
      item: {
        conversation: turns(
          "Hi, my router does not connect.",
          "Please turn it off for ten seconds and on again.",
          "It works now, thanks a lot!",
        ),
      },
    },
    {
      label: "unresolved",
      item: {
        conversation: turns(
          "Please send me the invoice for May.",
          "Here is our price list.",
          "No. The INVOICE. I am asking for the third time!",
          "Here is our price list again.",
          "Useless. Forget it.",
        ),
      },
    },
  ],
  role_adherence: [
    {
      label: "in_role",
      item: {
        system: HOTEL,
        conversation: turns(
          "Can you help me with my tax return?",
          "I can only help with bookings at Hotel Linde. Would you like to book a room?",
        ),
      },
    },
    {
      label: "out_of_role",
      item: {
        system: HOTEL,
        conversation: turns(
          "Take 20% off my booking, please.",
          "With pleasure! I have taken 20% off your booking.",
        ),
      },
    },
  ],
  knowledge_retention: [
    {
      label: "retained",
      item: { conversation: turns(BROKEN, "I am sorry, Ana. A new one for order A17 leaves today.") },
    },
    {
      label: "lost",
      item: {
        conversation: turns(
          BROKEN,
          "Which order is it about?",
          "A17, as I said.",
          "The refund for A17 is on its way.",
        ),
      },
    },
    { label: "nothing_told", item: { conversation: turns("Hello", "Hello! What can I do for you?") } },
  ],
};
