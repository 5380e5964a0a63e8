import type { Conversation, Rating } from "./conversation.ts";
import type { FeedbackCreate } from "../protocol.gen.ts";

/** Thumbs that are shown at once and that the server has not acknowledged yet. */
export class Thumbs {
  readonly #waiting = new Map<string, { rating: Rating; before: Rating | null }>();

  constructor(private readonly conversation: Conversation) {}

  /** The frames to send again on a new socket. */
  get frames(): FeedbackCreate[] {
    return [...this.#waiting].map(([messageId, { rating }]) => frame(messageId, rating));
  }

  /** null when there is nothing to tell the server. */
  give(messageId: string, rating: Rating): FeedbackCreate | null {
    const message = this.conversation.find(messageId);
    if (message === undefined || message.rating === rating) return null;
    const waiting = this.#waiting.get(messageId);
    this.#waiting.set(messageId, { rating, before: waiting ? waiting.before : message.rating });
    this.conversation.rate(messageId, rating);
    return frame(messageId, rating);
  }

  acknowledged(messageId: string, rating: Rating): void {
    const waiting = this.#waiting.get(messageId);
    // The customer may have changed their mind since; the acknowledgement of that is still to come.
    if (waiting !== undefined && waiting.rating !== rating) return;
    this.#waiting.delete(messageId);
    this.conversation.rate(messageId, rating);
  }

  /** True when the error was about a thumb, which then goes back to what it was. */
  refused(causedBy: string | null): boolean {
    const waiting = causedBy === null ? undefined : this.#waiting.get(causedBy);
    if (waiting === undefined || causedBy === null) return false;
    this.#waiting.delete(causedBy);
    this.conversation.rate(causedBy, waiting.before);
    return true;
  }

  clear(): void {
    this.#waiting.clear();
  }
}

function frame(messageId: string, rating: Rating): FeedbackCreate {
  return { type: "feedback.create", message_id: messageId, rating };
}
