import type { ActiveRun, ChatMessage } from "./conversation.ts";
import type { Limits, Ready } from "../protocol.gen.ts";

export type BackendChoice = Ready["backend"];

export interface ChatError {
  /** A code of the protocol, or `bad_address` or `protocol` where the client itself gives up. */
  readonly code: string;
  /** One sentence, for people. */
  readonly message: string;
  readonly retryable: boolean;
}

/** Replaced as a whole on every change; parts that did not change are the same objects as before. */
export interface ChatState {
  readonly connection: "connecting" | "open" | "reconnecting" | "closed";
  readonly backend: BackendChoice;
  readonly messages: readonly ChatMessage[];
  readonly activeRun: ActiveRun | null;
  readonly awaitingReply: boolean;
  readonly lastError: ChatError | null;
  /** null until the first `ready`. */
  readonly limits: Limits | null;
}

/** Nothing more can be sent before the reply that is due has come. */
export function replyIsDue(state: ChatState): boolean {
  return state.activeRun !== null || state.awaitingReply || state.messages.some((message) => message.pending);
}

/** The last question was stored, and its answer failed or never began. */
export function isUnanswered(state: ChatState): boolean {
  const last = state.messages.at(-1);
  if (last === undefined || replyIsDue(state)) return false;
  return last.role === "user" ? last.id !== null : last.finishReason === "error";
}
