import type { BackendChoice, ChatState } from "./chat-state.ts";
import { isUnanswered } from "./chat-state.ts";
import { browserStorage, Identity, type KeyValueStorage } from "./chat-storage.ts";
import { systemClock, type Clock } from "./clock.ts";
import { Connection, type SocketLike } from "./connection.ts";
import { Conversation, type Rating } from "./conversation.ts";
import { Outbox } from "./outbox.ts";
import type { ClientFrame, ErrorFrame, GoAway, Ready, ServerFrame } from "../protocol.gen.ts";
import { Thumbs } from "./thumbs.ts";

export interface ChatSocketOptions {
  url: string;
  backend?: BackendChoice;
  /** Default: localStorage. */
  visitorStorage?: KeyValueStorage | null;
  /** Default: sessionStorage, so that each tab has its own conversation and keeps it over a reload. */
  conversationStorage?: KeyValueStorage | null;
  socket?: new (url: string) => SocketLike;
  clock?: Clock;
  /** Uniform in [0, 1); the jitter of reconnecting. */
  random?: () => number;
}

const RUN_ACTIVE_RETRY_MS = 1_000;

/**
 * The conversation with a Trilane server, without any display.
 *
 * Dispatches `change` after every change of `state`. Survives lost sockets: it reconnects, takes up the
 * conversation where it was, and sends again what was not acknowledged.
 */
export class ChatSocket extends EventTarget {
  readonly #clock: Clock;
  readonly #connection: Connection;
  readonly #identity: Identity;
  readonly #conversation = new Conversation();
  readonly #outbox = new Outbox();
  readonly #thumbs = new Thumbs(this.#conversation);
  /** `seq` of the snapshot that `ready` has promised. */
  #snapshotSeq = 0;
  /** Where the last gap was: the same gap twice means that a replay does not help. */
  #gapAfter: number | null = null;
  #state: ChatState;

  constructor(options: ChatSocketOptions) {
    super();
    const { url, clock = systemClock, socket = WebSocket, random = Math.random } = options;
    const { visitorStorage = browserStorage("localStorage") } = options;
    const { conversationStorage = browserStorage("sessionStorage") } = options;
    this.#clock = clock;
    this.#identity = new Identity(url, visitorStorage, conversationStorage);
    const ping: ClientFrame = { type: "ping" };
    this.#connection = new Connection(
      { url, socket, clock, random, ping: JSON.stringify(ping) },
      {
        opened: () => this.#send(this.#identity.hello(this.#state.backend, this.#conversation.lastSeq)),
        received: (text) => this.#read(text),
        lost: () => this.#lost(),
        impossible: (message) => this.#giveUp("bad_address", message),
      },
    );
    this.#state = {
      connection: "closed",
      backend: options.backend ?? "auto",
      messages: [],
      activeRun: null,
      awaitingReply: false,
      lastError: null,
      limits: null,
    };
  }

  get state(): ChatState {
    return this.#state;
  }

  /** Connects, or, while waiting for the next attempt, makes it now. */
  connect(): void {
    if (this.#connection.hasSocket) return;
    if (this.#state.connection === "closed") this.#publish({ connection: "connecting" });
    this.#connection.open();
  }

  /** Says something now, or as soon as there is a connection and no reply is running. */
  send(text: string): void {
    this.#conversation.say(this.#outbox.add(text), text);
    this.#flush();
    this.#publish({ lastError: null });
    this.connect();
  }

  /** Stops the running reply; what was written so far stays. */
  cancel(): void {
    const run = this.#conversation.activeRun;
    if (run === null) return;
    this.#conversation.cancelling();
    if (this.#state.connection === "open") this.#send({ type: "run.cancel", run_id: run.runId });
    this.#publish({});
  }

  rate(messageId: string, rating: Rating): void {
    const feedback = this.#thumbs.give(messageId, rating);
    if (feedback === null) return;
    if (this.#state.connection === "open") this.#send(feedback);
    this.#publish({});
  }

  /** Sends refused messages again, or asks again what got no answer, or just connects. */
  retry(): void {
    const refused = this.#state.messages.filter((message) => message.failed === "for-now");
    for (const message of refused) {
      this.#conversation.markUnsent(message.key, { pending: true, failed: null });
      this.#outbox.add(message.text, message.key);
    }
    const question = this.#state.messages.filter((message) => message.role === "user").at(-1);
    if (refused.length === 0 && isUnanswered(this.#state) && question !== undefined) {
      this.send(question.text);
      return;
    }
    this.#flush();
    this.#publish({ lastError: null });
    this.connect();
  }

  /** Leaves the conversation, with its running reply stopped, and starts an empty one. */
  newConversation(backend: BackendChoice = this.#state.backend): void {
    this.cancel();
    this.#outbox.clear();
    this.#conversation.clear();
    this.#startAfresh({ backend, lastError: null });
  }

  /** Disconnects; a running reply goes on at the server, and `connect()` picks it up. */
  close(): void {
    this.#outbox.socketLost();
    this.#connection.close();
    this.#publish({ connection: "closed" });
  }

  #startAfresh(changes: Partial<ChatState>): void {
    this.#identity.leaveConversation();
    this.#thumbs.clear();
    this.#gapAfter = null;
    this.#openNow("connecting", changes);
  }

  #openNow(connection: "connecting" | "reconnecting", changes: Partial<ChatState> = {}): void {
    this.#outbox.socketLost();
    this.#publish({ ...changes, connection });
    this.#connection.open();
  }

  #lost(): void {
    this.#outbox.socketLost();
    this.#publish({ connection: "reconnecting" });
  }

  #giveUp(code: string, message: string): void {
    this.#outbox.socketLost();
    this.#connection.close();
    this.#publish({ connection: "closed", lastError: { code, message, retryable: false } });
  }

  #send(frame: ClientFrame): void {
    this.#connection.send(JSON.stringify(frame));
  }

  #read(text: string): void {
    let frame: ServerFrame;
    try {
      frame = JSON.parse(text) as ServerFrame;
    } catch {
      this.#connection.reopenLater();
      return;
    }
    if ("seq" in frame) {
      const place = this.#conversation.take(frame.seq);
      if (place === "seen") return;
      if (place === "gap") {
        this.#fetchMissing();
        return;
      }
    }
    this.#apply(frame);
  }

  /** The frames that are missing come with a replay; where that did not help, with a snapshot. */
  #fetchMissing(): void {
    const after = this.#conversation.lastSeq;
    if (this.#gapAfter === after) {
      this.#fetchEverything();
    } else {
      this.#gapAfter = after;
      this.#openNow("reconnecting");
    }
  }

  #fetchEverything(): void {
    this.#conversation.lastSeq = null;
    this.#connection.reopenLater();
  }

  #apply(frame: ServerFrame): void {
    const conversation = this.#conversation;
    switch (frame.type) {
      case "ready":
        this.#welcomed(frame);
        return;
      case "snapshot":
        conversation.restore(frame, this.#snapshotSeq);
        break;
      case "message.ack":
        conversation.acknowledge(frame.client_msg_id, frame.message_id, frame.duplicate);
        this.#outbox.remove(frame.client_msg_id);
        break;
      case "message.created":
        conversation.add(frame);
        break;
      case "run.started":
        conversation.startRun(frame.run_id, frame.message_id);
        break;
      case "text.delta":
        if (!conversation.extend(frame.run_id, frame.offset, frame.delta)) {
          this.#fetchEverything();
          return;
        }
        break;
      case "run.finished":
        conversation.finishRun(frame);
        break;
      case "feedback.ack":
        this.#thumbs.acknowledged(frame.message_id, frame.rating);
        break;
      case "error":
        this.#refused(frame);
        return;
      case "pong":
        return;
      case "goaway":
        this.#sentAway(frame);
        return;
      default:
        frame satisfies never;
        // A frame of a newer server: what this client does not know, it can do without.
        return;
    }
    this.#flush();
    this.#publish({});
  }

  #welcomed(frame: Ready): void {
    const conversation = this.#conversation;
    if (frame.resume === "snapshot") {
      this.#snapshotSeq = frame.last_seq;
    } else if (frame.resume === "new") {
      conversation.forget(frame.last_seq);
    } else if (conversation.lastSeq === null) {
      conversation.forget(0);
    } else if (conversation.lastSeq > frame.last_seq) {
      // The server has lost frames that were shown here, as after a restored backup.
      this.#fetchEverything();
      return;
    }
    conversation.awaitingReply = false;
    this.#identity.keep(frame);
    this.#connection.settled(frame.heartbeat_ms);
    this.#publish({ connection: "open", backend: frame.backend, limits: frame.limits, lastError: null });
    const run = conversation.activeRun;
    if (run?.cancelling) this.#send({ type: "run.cancel", run_id: run.runId });
    for (const feedback of this.#thumbs.frames) this.#send(feedback);
    this.#flush();
    this.#publish({});
  }

  #refused(frame: ErrorFrame): void {
    const { code, message, retryable } = frame;
    if ((code === "conversation_unknown" || code === "conversation_erased") && this.#identity.inConversation) {
      this.#conversation.forget(null);
      this.#startAfresh({});
      return;
    }
    const outgoing = this.#outbox.refused(frame.caused_by);
    if (outgoing !== undefined && code === "run_active") {
      outgoing.state = "queued";
      this.#clock.after(frame.retry_after_ms ?? RUN_ACTIVE_RETRY_MS, () => this.#flush());
      return;
    }
    if (code === "run_unknown") {
      // Either the reply was over before it could be stopped, or the server has lost it.
      if (this.#conversation.activeRun?.runId === frame.caused_by) this.#fetchEverything();
      return;
    }
    if (outgoing !== undefined) {
      this.#outbox.remove(outgoing.clientMsgId);
      const failed = retryable ? "for-now" : "for-good";
      this.#conversation.markUnsent(outgoing.clientMsgId, { pending: false, failed });
    } else if (!this.#thumbs.refused(frame.caused_by)) {
      this.#conversation.awaitingReply = false;
    }
    const lastError = { code, message, retryable };
    if (this.#state.connection === "open") {
      this.#flush();
      this.#publish({ lastError });
    } else if (retryable) {
      this.#connection.reopenLater(frame.retry_after_ms ?? 0);
      this.#publish({ lastError });
    } else {
      this.#giveUp(code, message);
    }
  }

  #sentAway(frame: GoAway): void {
    if (frame.reason === "protocol") this.#giveUp("protocol", "The server does not understand this chat window.");
    else this.#connection.reopenLater();
  }

  /** One message at a time: the server refuses another while a reply is due. */
  #flush(): void {
    const head = this.#outbox.head;
    if (this.#state.connection !== "open" || head === undefined || head.state === "sent") return;
    const busy = this.#conversation.activeRun !== null || this.#conversation.awaitingReply;
    // What the server may already have is settled at once: the reply that is running may be its own.
    if (busy && head.state === "queued") return;
    head.state = "sent";
    this.#send({ type: "message.create", client_msg_id: head.clientMsgId, text: head.text });
  }

  #publish(changes: Partial<ChatState>): void {
    const { messages, activeRun, awaitingReply } = this.#conversation;
    this.#state = { ...this.#state, messages, activeRun, awaitingReply, ...changes };
    this.dispatchEvent(new Event("change"));
  }
}
