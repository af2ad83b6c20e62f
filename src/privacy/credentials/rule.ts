/** A part of a text, from `start` up to but without `end` (UTF-16 units), that rule `name` takes for a credential. */
export interface Hit {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

export interface CredentialRule {
  readonly name: string;
  /** One of them matches every text in which the rule could find something; null: the rule reads every text. */
  readonly triggers: readonly RegExp[] | null;
  find(text: string): readonly Hit[];
}
