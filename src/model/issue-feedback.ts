/** Feedback of this beginning says that a conversation is of a kind of issue (`issue.loops = true`): no verdict on it. */
const PREFIX = "issue.";

/** The name of the feedback that marks members of a kind. */
export const issueFeedbackName = (kind: string): string => `${PREFIX}${kind}`;

export const isIssueFeedback = (name: string): boolean => name.startsWith(PREFIX);
