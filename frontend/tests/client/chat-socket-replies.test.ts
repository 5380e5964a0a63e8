import { beforeEach, describe, expect, test } from "vitest";
import { askAndStart, Browser, delta, error, finished, ready, texts } from "./chat-driver.ts";
import { ScriptedSocket } from "./scripted-socket.ts";

let browser: Browser;

beforeEach(() => {
  browser = new Browser();
});

describe("a reply", () => {
  test("streams into one message and ends with the text that the server repeats", () => {
    const chat = browser.openChat();
    chat.send("Where is my parcel?");
    expect(chat.state.messages).toMatchObject([{ role: "user", id: null, pending: true }]);
    const key = chat.state.messages[0]?.key;
    const { client_msg_id, text } = ScriptedSocket.latest.lastOf("message.create");
    expect(text).toBe("Where is my parcel?");
    ScriptedSocket.latest.say({ type: "message.ack", client_msg_id, message_id: "m1", duplicate: false });
    expect(chat.state).toMatchObject({ awaitingReply: true, messages: [{ id: "m1", pending: false, key }] });
    ScriptedSocket.latest.say(
      { type: "message.created", seq: 1, message_id: "m1", role: "user", text },
      { type: "run.started", seq: 2, run_id: "r1", message_id: "m2" },
    );
    expect(chat.state).toMatchObject({ awaitingReply: false, activeRun: { runId: "r1", messageId: "m2" } });
    ScriptedSocket.latest.say(delta(3, 0, "On its "), delta(4, 7, "wya."));
    expect(chat.state.messages).toMatchObject([{ id: "m1" }, { id: "m2", text: "On its wya.", streaming: true }]);
    const sources = [{ article: "shipping", title: "Shipping", heading: "", text: "Parcels travel." }];
    ScriptedSocket.latest.say(finished(5, "On its way.", { sources }));
    expect(chat.state.activeRun).toBeNull();
    expect(chat.state.messages.at(-1)).toMatchObject({
      text: "On its way.", streaming: false, finishReason: "stop", sources, rating: null,
    });
  });

  test("leaves the other messages untouched, so that they need not be drawn again", () => {
    const chat = browser.openChat();
    const socket = askAndStart(chat);
    const [question] = chat.state.messages;
    socket.say(delta(3, 0, "On"));
    expect(chat.state.messages[0]).toBe(question);
  });

  test("counts offsets in code points, so that emoji neither hide a gap nor make one up", () => {
    const chat = browser.openChat();
    const socket = askAndStart(chat);
    socket.say(delta(3, 0, "⛺🏔️ "), delta(4, 4, "tents"));
    expect(texts(chat).at(-1)).toBe("⛺🏔️ tents");
    expect(chat.state.connection).toBe("open");
    socket.say(delta(5, 11, "!"));
    expect(socket.closed).toBe(true);
  });

  test("with a hole in its text is fetched anew as a snapshot", () => {
    const chat = browser.openChat();
    askAndStart(chat).say(delta(3, 5, "late"));
    browser.clock.advance(1_000);
    ScriptedSocket.latest.accept();
    expect(ScriptedSocket.latest.lastOf("hello")).toMatchObject({ conversation_id: "c1", last_seq: null });
    expect(texts(chat).at(-1)).toBe("");
  });

  test("that overlaps what is known is not doubled", () => {
    const chat = browser.openChat();
    askAndStart(chat).say(delta(3, 0, "🥾 boots"), delta(4, 0, "🥾 boots fit"));
    expect(texts(chat).at(-1)).toBe("🥾 boots fit");
  });

  test("is stopped with run.cancel, and keeps what was written", () => {
    const chat = browser.openChat();
    const socket = askAndStart(chat);
    socket.say(delta(3, 0, "On its"));
    chat.cancel();
    expect(socket.lastOf("run.cancel")).toEqual({ type: "run.cancel", run_id: "r1" });
    expect(chat.state.activeRun).toMatchObject({ cancelling: true });
    socket.say(finished(4, "On its", { finish_reason: "cancelled" }));
    expect(chat.state.messages.at(-1)).toMatchObject({ text: "On its", finishReason: "cancelled" });
    expect(chat.state.activeRun).toBeNull();
  });

  test("that is stopped while the socket is gone is cancelled after reconnecting", () => {
    const chat = browser.openChat();
    askAndStart(chat).die();
    chat.cancel();
    browser.clock.advance(30_000);
    ScriptedSocket.latest.accept();
    ScriptedSocket.latest.say(ready({ resume: "replayed", last_seq: 2 }));
    expect(ScriptedSocket.latest.lastOf("run.cancel").run_id).toBe("r1");
  });

  test("that was over before it could be stopped leaves no error", () => {
    const chat = browser.openChat();
    const socket = askAndStart(chat);
    chat.cancel();
    socket.say(finished(3, "Done."), error("run_unknown", { caused_by: "r1" }));
    expect(chat.state).toMatchObject({ lastError: null, connection: "open", activeRun: null });
  });

  test("that the server has lost is asked for anew when it cannot be stopped", () => {
    const chat = browser.openChat();
    const socket = askAndStart(chat);
    chat.cancel();
    socket.say(error("run_unknown", { caused_by: "r1" }));
    browser.clock.advance(500);
    ScriptedSocket.latest.accept();
    expect(ScriptedSocket.latest.lastOf("hello")).toMatchObject({ conversation_id: "c1", last_seq: null });
  });
});

describe("seq", () => {
  test("a frame that was already seen is ignored", () => {
    const chat = browser.openChat();
    askAndStart(chat).say(delta(3, 0, "On"), delta(3, 0, "On"), delta(2, 2, " and on"));
    expect(texts(chat).at(-1)).toBe("On");
    expect(chat.state.connection).toBe("open");
  });

  test("a gap makes it reconnect at once with the last seq, and the missed frames fill it", () => {
    const chat = browser.openChat();
    const first = askAndStart(chat);
    first.say(delta(3, 0, "On "), delta(5, 7, "way."));
    expect(first.closed).toBe(true);
    expect(chat.state.connection).toBe("reconnecting");
    ScriptedSocket.latest.accept();
    expect(ScriptedSocket.latest.lastOf("hello")).toMatchObject({ conversation_id: "c1", last_seq: 3 });
    ScriptedSocket.latest.say(ready({ resume: "replayed", last_seq: 5 }), delta(4, 3, "its "), delta(5, 7, "way."));
    expect(texts(chat).at(-1)).toBe("On its way.");
    expect(chat.state.connection).toBe("open");
  });

  test("a gap that a replay did not fill asks for the whole conversation, and not at once", () => {
    const chat = browser.openChat();
    askAndStart(chat).say(delta(4, 0, "x"));
    ScriptedSocket.latest.accept();
    ScriptedSocket.latest.say(ready({ resume: "replayed", last_seq: 4 }), delta(4, 0, "x"));
    expect(ScriptedSocket.opened).toHaveLength(2);
    browser.clock.advance(500);
    ScriptedSocket.latest.accept();
    expect(ScriptedSocket.latest.lastOf("hello")).toMatchObject({ conversation_id: "c1", last_seq: null });
    expect(chat.state.messages).toHaveLength(2);
  });

  test("a server that has lost frames is asked for a snapshot", () => {
    const chat = browser.openChat();
    askAndStart(chat).say(finished(3, "Done."));
    browser.loseAndComeBack().say(ready({ resume: "replayed", last_seq: 1 }));
    browser.clock.advance(1_000);
    ScriptedSocket.latest.accept();
    expect(ScriptedSocket.latest.lastOf("hello").last_seq).toBeNull();
  });
});
