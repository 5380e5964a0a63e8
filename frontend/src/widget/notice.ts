import { isUnanswered, type ChatError, type ChatState } from "../client/chat-state.ts";

/** What the customer should know about the state of things, and what they can do about it. */
export interface Notice {
  readonly urgent: boolean;
  readonly text: string;
  /** What the button says; in every case it is `ChatSocket.retry()` that helps. */
  readonly action: string | null;
}

const WORDS: Readonly<Record<string, string>> = {
  busy: "Many people are asking just now. Please try again in a moment.",
  backend_unavailable: "This assistant is not available at the moment.",
  bad_address: "This chat is not set up correctly, so it cannot connect.",
  engine_failed: "Something went wrong while the answer was being written.",
  internal: "Something went wrong on our side.",
  message_refused: "That message could not be accepted.",
  message_unknown: "Your rating could not be saved.",
  protocol: "This chat window no longer fits our server. Reloading the page may help.",
};

function words(error: ChatError): string {
  return WORDS[error.code] ?? error.message;
}

/** null when everything is as it should be. */
export function noticeFor(state: ChatState, online: boolean): Notice | null {
  const { connection, lastError, messages } = state;
  const waiting = messages.some((message) => message.pending);
  switch (connection) {
    case "connecting":
      return null;
    case "reconnecting": {
      if (lastError !== null) return { urgent: true, text: words(lastError), action: "Try now" };
      if (!online) {
        const then = waiting ? "Your message will be sent when you are back." : "The chat goes on when you are back.";
        return { urgent: false, text: `You are offline. ${then}`, action: null };
      }
      return { urgent: false, text: "The connection was lost. Trying again…", action: "Try now" };
    }
    case "closed":
      if (lastError === null) return null;
      return { urgent: true, text: words(lastError), action: lastError.code === "bad_address" ? null : "Try again" };
    case "open": {
      const failed = messages.some((message) => message.failed === "for-now");
      const unanswered = isUnanswered(state);
      const action = failed || unanswered ? "Try again" : null;
      if (lastError !== null) return { urgent: true, text: words(lastError), action: action ?? "Dismiss" };
      if (failed) return { urgent: true, text: "A message could not be sent.", action };
      if (unanswered) return { urgent: true, text: "Your last question got no complete answer.", action };
      return null;
    }
  }
}
