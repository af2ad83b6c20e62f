import type { Message, Part } from "../../model/message.ts";
import { shortBytes } from "../../reading/short.ts";

export type MediaPart = Extract<Part, { type: "media" }>;
export type Modality = MediaPart["modality"];

/** Stored bytes that go to the judge along with the text, which calls them `[media NUMBER: ...]`. */
export interface ShownMedia {
  readonly number: number;
  readonly modality: Modality;
  readonly hash: string;
  readonly mimeType: string;
  readonly bytes: number;
}

/** Whether the judge can be shown it: it takes the kind, and we have the bytes. Addresses are never fetched. */
export const isSeen = (part: MediaPart, takes: readonly Modality[]): boolean =>
  part.ref !== null && takes.includes(part.modality);

/** Collects the media of the texts that are shown; the same bytes have one number. */
export interface MediaDesk {
  /** What stands for it in the text. */
  label(part: MediaPart): string;
  readonly shown: readonly ShownMedia[];
  readonly unseen: ReadonlySet<MediaPart>;
}

export function mediaDesk(takes: readonly Modality[]): MediaDesk {
  const shown: ShownMedia[] = [];
  const unseen = new Set<MediaPart>();
  return {
    shown,
    unseen,
    label(part) {
      const { ref, modality } = part;
      if (ref === null || !isSeen(part, takes)) {
        unseen.add(part);
        return `[${modality} that you are not shown]`;
      }
      const known = shown.find(({ hash }) => hash === ref.hash);
      const number = known?.number ?? shown.length + 1;
      if (known === undefined) shown.push({ number, modality, ...ref });
      return `[media ${number}: ${modality} ${shortBytes(ref.bytes)}]`;
    },
  };
}

export const mediaOf = (message: Message | undefined): readonly MediaPart[] =>
  (message?.parts ?? []).filter((part) => part.type === "media");

/** True when there is nothing in a message but media of which the judge cannot see all. */
export function isBeyond(message: Message | undefined, takes: readonly Modality[]): boolean {
  const media = mediaOf(message);
  const says = (message?.parts ?? []).some(
    (part) => (part.type === "text" && part.text.trim() !== "") || part.type === "tool_call",
  );
  return media.some((part) => !isSeen(part, takes)) && !says;
}
