import { beforeEach, describe, expect, test } from "vitest";
import { askAndStart, Browser, error, finished, ready } from "./chat-driver.ts";
import { ScriptedSocket } from "./scripted-socket.ts";

let browser: Browser;

beforeEach(() => {
  browser = new Browser();
});

describe("an error", () => {
  test("about a message marks it and lets the next one through", () => {
    const chat = browser.openChat();
    chat.send("Hello?");
    const socket = ScriptedSocket.latest;
    const { client_msg_id } = socket.lastOf("message.create");
    socket.say(error("busy", { caused_by: client_msg_id, retryable: true, retry_after_ms: 2_000 }));
    expect(chat.state.messages).toMatchObject([{ pending: false, failed: "for-now", id: null }]);
    expect(chat.state.lastError).toEqual({ code: "busy", message: "It was busy.", retryable: true });
    expect(socket.closed).toBe(false);
    chat.send("Anyone?");
    chat.send("Still there?");
    const next = socket.lastOf("message.create");
    expect(next.text).toBe("Anyone?");
    socket.say(error("message_refused", { caused_by: next.client_msg_id }));
    expect(socket.lastOf("message.create").text).toBe("Still there?");
  });

  test("about a message that may pass is followed by retry() with the same id", () => {
    const chat = browser.openChat();
    chat.send("Hello?");
    const socket = ScriptedSocket.latest;
    const { client_msg_id } = socket.lastOf("message.create");
    socket.say(error("busy", { caused_by: client_msg_id, retryable: true, retry_after_ms: 2_000 }));
    chat.retry();
    expect(chat.state).toMatchObject({ lastError: null, messages: [{ pending: true, failed: null }] });
    expect(socket.sentOf("message.create").map((frame) => frame.client_msg_id)).toEqual([client_msg_id, client_msg_id]);
    socket.say({ type: "message.ack", client_msg_id, message_id: "m1", duplicate: false });
    expect(chat.state.messages).toMatchObject([{ id: "m1", pending: false, failed: null }]);
  });

  test("that names nothing is about the message that was just sent, and one for good is not tried again", () => {
    const chat = browser.openChat();
    chat.send("Hello?");
    ScriptedSocket.latest.say(error("message_refused"));
    expect(chat.state.messages).toMatchObject([{ failed: "for-good" }]);
    chat.retry();
    expect(ScriptedSocket.latest.sentOf("message.create")).toHaveLength(1);
    expect(chat.state.lastError).toBeNull();
  });

  test("that ended a reply can be retried by asking again as a new message", () => {
    const chat = browser.openChat();
    const socket = askAndStart(chat, "Hello?");
    socket.say(error("engine_failed", { caused_by: "r1" }), finished(3, "", { finish_reason: "error" }));
    expect(chat.state.lastError).toMatchObject({ code: "engine_failed" });
    chat.retry();
    const ids = socket.sentOf("message.create").map((frame) => frame.client_msg_id);
    expect(new Set(ids).size).toBe(2);
    expect(socket.lastOf("message.create").text).toBe("Hello?");
    expect(chat.state.lastError).toBeNull();
  });

  test("in answer to hello ends the chat, or tries again when it may pass", () => {
    const chat = browser.chat({ backend: "finetuned" });
    chat.connect();
    ScriptedSocket.latest.accept();
    ScriptedSocket.latest.say(error("backend_unavailable"));
    expect(chat.state).toMatchObject({ connection: "closed", lastError: { code: "backend_unavailable" } });
    chat.newConversation("prompted");
    ScriptedSocket.latest.accept();
    expect(ScriptedSocket.latest.lastOf("hello").backend).toBe("prompted");
    ScriptedSocket.latest.say(error("busy", { retryable: true, retry_after_ms: 5_000 }));
    expect(chat.state).toMatchObject({ connection: "reconnecting", lastError: { code: "busy" } });
    browser.clock.advance(4_999);
    expect(ScriptedSocket.opened).toHaveLength(2);
    browser.clock.advance(1);
    expect(ScriptedSocket.opened).toHaveLength(3);
  });

  test("is no longer shown once the chat is connected again", () => {
    const chat = browser.openChat();
    ScriptedSocket.latest.say(error("internal"));
    expect(chat.state.lastError).toMatchObject({ code: "internal" });
    browser.loseAndComeBack().say(ready({ resume: "replayed" }));
    expect(chat.state.lastError).toBeNull();
  });

  test("an address that no socket can have is said once and not tried again", () => {
    class Refusing extends ScriptedSocket {
      constructor(url: string) {
        super(url);
        throw new SyntaxError("not a WebSocket address");
      }
    }
    const chat = browser.chat({ socket: Refusing });
    chat.connect();
    browser.clock.advance(120_000);
    expect(chat.state).toMatchObject({ connection: "closed", lastError: { code: "bad_address" } });
    expect(ScriptedSocket.opened).toHaveLength(1);
  });

  test("a frame of an unknown type, as from a newer server, is passed over", () => {
    const chat = browser.openChat();
    ScriptedSocket.latest.sayText(JSON.stringify({ type: "agent.typing" }));
    expect(chat.state).toMatchObject({ connection: "open", lastError: null });
  });
});

describe("a new conversation", () => {
  test("stops the running reply, empties the list and asks for another backend", () => {
    const chat = browser.openChat();
    const first = askAndStart(chat);
    chat.send("And another thing");
    chat.newConversation("prompted");
    expect(first.lastOf("run.cancel").run_id).toBe("r1");
    expect(first.closed).toBe(true);
    expect(chat.state).toMatchObject({ connection: "connecting", messages: [], activeRun: null, backend: "prompted" });
    ScriptedSocket.latest.accept();
    expect(ScriptedSocket.latest.lastOf("hello")).toEqual({
      type: "hello", visitor_id: "v1", conversation_id: null, last_seq: null, backend: "prompted",
    });
    ScriptedSocket.latest.say(ready({ conversation_id: "c2", backend: "prompted" }));
    expect(ScriptedSocket.latest.sentOf("message.create")).toEqual([]);
  });

  test("tells whoever listens about every change", () => {
    const chat = browser.openChat();
    const seen: number[] = [];
    chat.addEventListener("change", () => seen.push(chat.state.messages.length));
    chat.send("Hello?");
    chat.newConversation();
    expect(seen).toContain(1);
    expect(seen.at(-1)).toBe(0);
  });
});
