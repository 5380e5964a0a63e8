import type { FeedbackCreate, MessageCreated, RunFinished, ShownChoice, ShownSource, ShownTurn, Snapshot } from "../protocol.gen.ts";

export type Role = ShownTurn["role"];
export type Rating = FeedbackCreate["rating"];
export type FinishReason = RunFinished["finish_reason"];

/** A message as the reader sees it. Never changed in place, so `===` tells whether it must be drawn again. */
export interface ChatMessage {
  /** Stays the same from the first moment on, also when the server gives the message its id. */
  readonly key: string;
  /** The server's `message_id`; null until the server has acknowledged the message. */
  readonly id: string | null;
  readonly role: Role;
  readonly text: string;
  readonly streaming: boolean;
  readonly finishReason: FinishReason | null;
  readonly sources: readonly ShownSource[];
  /** What a reply offers to pick from. */
  readonly choices: readonly ShownChoice[];
  readonly rating: Rating | null;
  /** Said here and not yet acknowledged by the server. */
  readonly pending: boolean;
  /** Not taken by the server: `ChatSocket.retry()` sends it again, unless it was refused for good. */
  readonly failed: "for-now" | "for-good" | null;
}

export interface ActiveRun {
  readonly runId: string;
  readonly messageId: string;
  readonly cancelling: boolean;
}

/** Offsets on the wire count Unicode code points, while a string's length counts UTF-16 units. */
export function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

function chatMessage(id: string, role: Role, text: string): ChatMessage {
  return {
    key: id,
    id,
    role,
    text,
    streaming: false,
    finishReason: null,
    sources: [],
    choices: [],
    rating: null,
    pending: false,
    failed: null,
  };
}

/** One conversation as far as this client knows it; the server's frames are applied in order of `seq`. */
export class Conversation {
  messages: readonly ChatMessage[] = [];
  activeRun: ActiveRun | null = null;
  /** The server has the question, and its run has not started yet. */
  awaitingReply = false;
  /** null: nothing was seen, so only a snapshot or everything from the start will do. */
  lastSeq: number | null = null;
  #streamedCodePoints = 0;

  get unacknowledged(): readonly ChatMessage[] {
    return this.messages.filter((message) => message.pending || message.failed !== null);
  }

  find(id: string): ChatMessage | undefined {
    return this.messages.find((message) => message.id === id);
  }

  /** "gap" means that a frame is missing; "seen", that this one was already applied. */
  take(seq: number): "next" | "seen" | "gap" {
    const last = this.lastSeq ?? 0;
    if (seq <= last) return "seen";
    if (seq > last + 1) return "gap";
    this.lastSeq = seq;
    return "next";
  }

  say(clientMsgId: string, text: string): void {
    const message = chatMessage(clientMsgId, "user", text);
    this.messages = [...this.messages, { ...message, id: null, pending: true }];
  }

  markUnsent(clientMsgId: string, state: Pick<ChatMessage, "pending" | "failed">): void {
    this.#replace((message) => message.key === clientMsgId && message.id === null, state);
  }

  acknowledge(clientMsgId: string, messageId: string, duplicate: boolean): void {
    const twin = this.find(messageId);
    if (twin !== undefined && twin.key !== clientMsgId) {
      this.messages = this.messages.filter((message) => message.key !== clientMsgId);
    }
    this.#replace((message) => message.key === clientMsgId, { id: messageId, pending: false, failed: null });
    this.awaitingReply = !duplicate && this.activeRun === null;
  }

  /** A message from any socket of the conversation: often the echo of one that was said here. */
  add(frame: MessageCreated): void {
    if (this.find(frame.message_id) !== undefined) return;
    if (frame.role === "user" && this.#claim(frame.message_id, frame.text)) return;
    this.#insert(chatMessage(frame.message_id, frame.role, frame.text));
  }

  startRun(runId: string, messageId: string): void {
    this.awaitingReply = false;
    this.activeRun = { runId, messageId, cancelling: false };
    this.#streamedCodePoints = 0;
    if (this.find(messageId) === undefined) {
      this.#insert({ ...chatMessage(messageId, "assistant", ""), streaming: true });
    }
  }

  /** False when text before `offset` is missing, which only a snapshot can mend. */
  extend(runId: string, offset: number, delta: string): boolean {
    const run = this.activeRun;
    if (run === null || run.runId !== runId) return false;
    const overlap = this.#streamedCodePoints - offset;
    if (overlap < 0) return false;
    const fresh = overlap === 0 ? delta : [...delta].slice(overlap).join("");
    this.#streamedCodePoints += codePoints(fresh);
    const message = this.find(run.messageId);
    if (message === undefined) return false;
    this.#replace((one) => one === message, { text: message.text + fresh });
    return true;
  }

  finishRun(frame: RunFinished): void {
    this.awaitingReply = false;
    if (this.activeRun?.runId === frame.run_id) this.activeRun = null;
    if (this.find(frame.message_id) === undefined) {
      this.#insert(chatMessage(frame.message_id, "assistant", ""));
    }
    this.#replace((message) => message.id === frame.message_id, {
      text: frame.text,
      streaming: false,
      finishReason: frame.finish_reason,
      sources: frame.sources,
      choices: frame.choices,
    });
  }

  cancelling(): void {
    if (this.activeRun !== null) this.activeRun = { ...this.activeRun, cancelling: true };
  }

  rate(messageId: string, rating: Rating | null): void {
    this.#replace((message) => message.id === messageId, { rating });
  }

  /** Keys of known messages are kept, so that a snapshot of what is on screen redraws nothing. */
  restore(frame: Snapshot, lastSeq: number): void {
    const known = this.messages;
    const unacknowledged = this.unacknowledged;
    const knownIds = new Set(known.map((message) => message.id));
    this.messages = frame.messages.map((message) => ({
      ...chatMessage(message.message_id, message.role, message.text),
      key: known.find((one) => one.id === message.message_id)?.key ?? message.message_id,
      finishReason: message.finish_reason,
      sources: message.sources,
      choices: message.choices,
      rating: message.rating,
    }));
    const strangers = this.messages.filter((message) => message.role === "user" && !knownIds.has(message.id));
    for (const waiting of unacknowledged) {
      const index = strangers.findIndex((message) => message.text === waiting.text);
      const stored = strangers[index];
      if (stored === undefined) {
        this.messages = [...this.messages, waiting];
      } else {
        strangers.splice(index, 1);
        this.#replace((message) => message === stored, { key: waiting.key });
      }
    }
    this.awaitingReply = false;
    this.lastSeq = lastSeq;
    this.activeRun = null;
    const run = frame.active_run;
    if (run === null) return;
    this.startRun(run.run_id, run.message_id);
    this.#streamedCodePoints = codePoints(run.text);
    this.#replace((message) => message.id === run.message_id, { text: run.text, streaming: true });
  }

  /** Everything goes except what the server has not acknowledged: those words are the customer's. */
  forget(lastSeq: number | null): void {
    const unacknowledged = this.unacknowledged;
    this.clear();
    this.messages = unacknowledged;
    this.lastSeq = lastSeq;
  }

  clear(): void {
    this.messages = [];
    this.activeRun = null;
    this.awaitingReply = false;
    this.lastSeq = null;
  }

  /** `message.created` carries no `client_msg_id`; the oldest unacknowledged message of that text is it. */
  #claim(messageId: string, text: string): boolean {
    const own = this.messages.find((message) => message.id === null && message.pending && message.text === text);
    if (own === undefined) return false;
    this.#replace((message) => message === own, { id: messageId, pending: false });
    return true;
  }

  /** Before whatever still waits to be sent: an answer belongs to what was sent before it. */
  #insert(message: ChatMessage): void {
    const index = this.messages.findIndex((one) => one.pending);
    const place = index === -1 ? this.messages.length : index;
    this.messages = [...this.messages.slice(0, place), message, ...this.messages.slice(place)];
  }

  #replace(which: (message: ChatMessage) => boolean, changes: Partial<ChatMessage>): void {
    const index = this.messages.findIndex(which);
    const message = this.messages[index];
    if (message === undefined) return;
    const messages = [...this.messages];
    messages[index] = { ...message, ...changes };
    this.messages = messages;
  }
}
