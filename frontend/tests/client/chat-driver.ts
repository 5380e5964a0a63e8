import { ChatSocket, type ChatSocketOptions } from "../../src/client/chat-socket.ts";
import type { ErrorFrame, Ready, RunFinished, TextDelta } from "../../src/protocol.gen.ts";
import { HandClock, MemoryStorage, ScriptedSocket } from "./scripted-socket.ts";

export const SERVER = "wss://bot.example/ws";

/** A browser with one tab: what a ChatSocket needs around it, all driven by hand. */
export class Browser {
  readonly clock = new HandClock();
  readonly visitors = new MemoryStorage();
  readonly conversations = new MemoryStorage();

  constructor() {
    ScriptedSocket.opened = [];
  }

  chat(options: Partial<ChatSocketOptions> = {}): ChatSocket {
    return new ChatSocket({
      url: SERVER,
      visitorStorage: this.visitors,
      conversationStorage: this.conversations,
      socket: ScriptedSocket,
      clock: this.clock,
      random: () => 0,
      ...options,
    });
  }

  /** A chat whose first socket is open, with nothing said yet. */
  openChat(options: Partial<ChatSocketOptions> = {}): ChatSocket {
    const chat = this.chat(options);
    chat.connect();
    ScriptedSocket.latest.accept();
    ScriptedSocket.latest.say(ready({ backend: options.backend ?? "auto" }));
    return chat;
  }

  /** The socket dies, and the next one is accepted; it has sent its hello. */
  loseAndComeBack(): ScriptedSocket {
    ScriptedSocket.latest.die();
    this.clock.advance(30_000);
    ScriptedSocket.latest.accept();
    return ScriptedSocket.latest;
  }
}

/** Says a question and lets the server begin the reply r1, whose message is m2; the last `seq` is then 2. */
export function askAndStart(chat: ChatSocket, text = "Where is my parcel?"): ScriptedSocket {
  chat.send(text);
  const socket = ScriptedSocket.latest;
  const { client_msg_id } = socket.lastOf("message.create");
  socket.say(
    { type: "message.created", seq: 1, message_id: "m1", role: "user", text },
    { type: "message.ack", client_msg_id, message_id: "m1", duplicate: false },
    { type: "run.started", seq: 2, run_id: "r1", message_id: "m2" },
  );
  return socket;
}

export function texts(chat: ChatSocket): string[] {
  return chat.state.messages.map((message) => message.text);
}

export function ready(changes: Partial<Ready> = {}): Ready {
  return {
    type: "ready",
    conversation_id: "c1",
    visitor_id: "v1",
    backend: "auto",
    resume: "new",
    last_seq: 0,
    heartbeat_ms: 20_000,
    limits: { max_message_chars: 2000 },
    ...changes,
  };
}

export function delta(seq: number, offset: number, text: string): TextDelta {
  return { type: "text.delta", seq, run_id: "r1", offset, delta: text };
}

export function finished(seq: number, text: string, changes: Partial<RunFinished> = {}): RunFinished {
  return {
    type: "run.finished",
    seq,
    run_id: "r1",
    message_id: "m2",
    text,
    finish_reason: "stop",
    decision: "answer",
    choices: [],
    sources: [],
    usage: { prompt_tokens: 10, completion_tokens: 5, ttft_ms: 50, duration_ms: 300 },
    ...changes,
  };
}

export function error(code: string, changes: Partial<ErrorFrame> = {}): ErrorFrame {
  const message = `It was ${code}.`;
  return { type: "error", code, message, retryable: false, retry_after_ms: null, caused_by: null, ...changes };
}
