import { hashOf } from "../../canonical.ts";

const SECTION = /\n\n<demonstrations sum="([0-9a-f]{12})">\n([\s\S]*?)\n<\/demonstrations>/g;
const CLOSING = "</demonstrations>";

const sumOf = (body: string): string => hashOf(["demonstrations", body]).slice(0, 12);

/** Whether a text may stand in the section: it must not end it. */
export const fitsSection = (text: string): boolean => !text.includes(CLOSING);

/**
 * The text without the sections of demonstrations that `withDemonstrations` wrote. One that was changed since, or that
 * somebody else wrote, does not match its sum and stays: nothing is exempt from checks by being called a demonstration.
 */
export const withoutDemonstrations = (text: string): string =>
  text.replaceAll(SECTION, (whole, sum: string, body: string) => (sum === sumOf(body) ? "" : whole));

/** The text with a section of demonstrations at its end, in place of any that it had. */
export function withDemonstrations(text: string, body: string): string {
  return `${withoutDemonstrations(text)}\n\n<demonstrations sum="${sumOf(body)}">\n${body}\n${CLOSING}`;
}
