import { beforeEach, describe, expect, test } from "vitest";
import { askAndStart, Browser, delta, error, finished, ready, texts } from "./chat-driver.ts";
import { ScriptedSocket } from "./scripted-socket.ts";

let browser: Browser;

beforeEach(() => {
  browser = new Browser();
});

describe("a message", () => {
  test("that was not acknowledged is sent again with the same id after reconnecting", () => {
    const chat = browser.openChat();
    chat.send("Hello?");
    const { client_msg_id } = ScriptedSocket.latest.lastOf("message.create");
    const second = browser.loseAndComeBack();
    expect(second.sentOf("message.create")).toEqual([]);
    second.say(ready({ resume: "replayed", last_seq: 0 }));
    expect(second.sentOf("message.create")).toEqual([{ type: "message.create", client_msg_id, text: "Hello?" }]);
    second.say({ type: "message.ack", client_msg_id, message_id: "m1", duplicate: false });
    expect(chat.state.messages).toMatchObject([{ id: "m1", pending: false }]);
    const third = browser.loseAndComeBack();
    third.say(ready({ resume: "replayed", last_seq: 0 }));
    expect(third.sentOf("message.create")).toEqual([]);
  });

  test("whose acknowledgement was lost is shown once, while its reply runs and after a duplicate ack", () => {
    const chat = browser.openChat();
    chat.send("Hello?");
    const { client_msg_id } = ScriptedSocket.latest.lastOf("message.create");
    const second = browser.loseAndComeBack();
    second.say(
      ready({ resume: "replayed", last_seq: 2 }),
      { type: "message.created", seq: 1, message_id: "m1", role: "user", text: "Hello?" },
      { type: "run.started", seq: 2, run_id: "r1", message_id: "m2" },
    );
    expect(second.lastOf("message.create").client_msg_id).toBe(client_msg_id);
    second.say({ type: "message.ack", client_msg_id, message_id: "m1", duplicate: true });
    expect(chat.state.messages).toMatchObject([
      { key: client_msg_id, id: "m1", role: "user", pending: false },
      { id: "m2", role: "assistant", streaming: true },
    ]);
    expect(chat.state).toMatchObject({ awaitingReply: false, activeRun: { runId: "r1" } });
  });

  test("that a snapshot already holds is shown once and still settled with the server", () => {
    const chat = browser.openChat();
    chat.send("Hello?");
    const { client_msg_id } = ScriptedSocket.latest.lastOf("message.create");
    const second = browser.loseAndComeBack();
    const nothing = { finish_reason: null, sources: [], choices: [], rating: null };
    const stored = { ...nothing, message_id: "m1", text: "Hello?" };
    second.say(ready({ resume: "snapshot", last_seq: 1 }), {
      type: "snapshot",
      messages: [{ ...stored, role: "user" }],
      active_run: null,
    });
    expect(chat.state.messages).toMatchObject([{ key: client_msg_id, id: "m1", pending: false }]);
    expect(second.lastOf("message.create").client_msg_id).toBe(client_msg_id);
    second.say({ type: "message.ack", client_msg_id, message_id: "m1", duplicate: true });
    expect(chat.state.messages).toHaveLength(1);
    expect(chat.state.awaitingReply).toBe(false);
  });

  test("that was said before there is a connection goes out once there is one", () => {
    const chat = browser.chat();
    chat.send("Hello?");
    ScriptedSocket.latest.accept();
    expect(ScriptedSocket.latest.sentOf("message.create")).toEqual([]);
    ScriptedSocket.latest.say(ready());
    expect(ScriptedSocket.latest.lastOf("message.create").text).toBe("Hello?");
  });

  test("that is said during a reply waits for its end and stands below it", () => {
    const chat = browser.openChat();
    const socket = askAndStart(chat, "First?");
    chat.send("Second?");
    expect(socket.sentOf("message.create")).toHaveLength(1);
    socket.say(delta(3, 0, "One."), finished(4, "One."));
    expect(socket.lastOf("message.create").text).toBe("Second?");
    expect(texts(chat)).toEqual(["First?", "One.", "Second?"]);
  });

  test("that is said before the reply to another begins stands below that reply", () => {
    const chat = browser.openChat();
    chat.send("First?");
    chat.send("Second?");
    const { client_msg_id } = ScriptedSocket.latest.lastOf("message.create");
    ScriptedSocket.latest.say(
      { type: "message.ack", client_msg_id, message_id: "m1", duplicate: false },
      { type: "message.created", seq: 1, message_id: "m1", role: "user", text: "First?" },
      { type: "run.started", seq: 2, run_id: "r1", message_id: "m2" },
      delta(3, 0, "One."),
    );
    expect(texts(chat)).toEqual(["First?", "One.", "Second?"]);
    expect(ScriptedSocket.latest.sentOf("message.create")).toHaveLength(1);
  });

  test("that may be stored is settled at once after reconnecting, even while a reply runs", () => {
    const chat = browser.openChat();
    chat.send("Hello?");
    ScriptedSocket.latest.say({ type: "run.started", seq: 1, run_id: "r1", message_id: "m2" });
    const second = browser.loseAndComeBack();
    second.say(ready({ resume: "replayed", last_seq: 1 }));
    expect(second.lastOf("message.create").text).toBe("Hello?");
  });

  test("whose text the server has tidied up is shown once, as the server has it", () => {
    const chat = browser.openChat();
    chat.send("Hello?\r\n");
    const { client_msg_id } = ScriptedSocket.latest.lastOf("message.create");
    ScriptedSocket.latest.say(
      { type: "message.created", seq: 1, message_id: "m1", role: "user", text: "Hello?" },
      { type: "message.ack", client_msg_id, message_id: "m1", duplicate: false },
    );
    expect(texts(chat)).toEqual(["Hello?"]);
  });

  test("whose reply never began is no longer waited for after reconnecting", () => {
    const chat = browser.openChat();
    chat.send("Hello?");
    const { client_msg_id } = ScriptedSocket.latest.lastOf("message.create");
    ScriptedSocket.latest.say({ type: "message.ack", client_msg_id, message_id: "m1", duplicate: false });
    expect(chat.state.awaitingReply).toBe(true);
    browser.loseAndComeBack().say(ready({ resume: "replayed", last_seq: 0 }));
    expect(chat.state.awaitingReply).toBe(false);
  });

  test("that met another tab's reply is sent again when that is over", () => {
    const chat = browser.openChat();
    chat.send("Hello?");
    const socket = ScriptedSocket.latest;
    const { client_msg_id } = socket.lastOf("message.create");
    socket.say(error("run_active", { caused_by: client_msg_id, retryable: true, retry_after_ms: 700 }));
    expect(chat.state).toMatchObject({ lastError: null, messages: [{ pending: true, failed: null }] });
    browser.clock.advance(699);
    expect(socket.sentOf("message.create")).toHaveLength(1);
    browser.clock.advance(1);
    expect(socket.sentOf("message.create").map((frame) => frame.client_msg_id)).toEqual([client_msg_id, client_msg_id]);
  });

  test("from another tab of the conversation appears here too", () => {
    const chat = browser.openChat();
    ScriptedSocket.latest.say({ type: "message.created", seq: 1, message_id: "m7", role: "user", text: "Over here" });
    expect(chat.state.messages).toMatchObject([{ id: "m7", role: "user", pending: false }]);
  });
});

describe("a thumb", () => {
  test("is shown at once, sent, and acknowledged", () => {
    const chat = browser.openChat();
    const socket = askAndStart(chat);
    socket.say(finished(3, "Done."));
    chat.rate("m2", "up");
    expect(socket.lastOf("feedback.create")).toEqual({ type: "feedback.create", message_id: "m2", rating: "up" });
    expect(chat.state.messages.at(-1)).toMatchObject({ rating: "up" });
    chat.rate("m2", "up");
    expect(socket.sentOf("feedback.create")).toHaveLength(1);
    socket.say({ type: "feedback.ack", message_id: "m2", rating: "up" });
    browser.loseAndComeBack().say(ready({ resume: "replayed", last_seq: 3 }));
    expect(ScriptedSocket.latest.sentOf("feedback.create")).toEqual([]);
  });

  test("that was not acknowledged is given again after reconnecting", () => {
    const chat = browser.openChat();
    askAndStart(chat).say(finished(3, "Done."));
    ScriptedSocket.latest.die();
    chat.rate("m2", "down");
    browser.clock.advance(30_000);
    ScriptedSocket.latest.accept();
    ScriptedSocket.latest.say(ready({ resume: "replayed", last_seq: 3 }));
    expect(ScriptedSocket.latest.lastOf("feedback.create")).toMatchObject({ message_id: "m2", rating: "down" });
  });

  test("that was changed meanwhile is not undone by the acknowledgement of the first", () => {
    const chat = browser.openChat();
    askAndStart(chat).say(finished(3, "Done."));
    chat.rate("m2", "down");
    chat.rate("m2", "up");
    ScriptedSocket.latest.say({ type: "feedback.ack", message_id: "m2", rating: "down" });
    expect(chat.state.messages.at(-1)).toMatchObject({ rating: "up" });
  });

  test("that the server refuses goes back to what it was", () => {
    const chat = browser.openChat();
    askAndStart(chat).say(finished(3, "Done."));
    chat.rate("m2", "up");
    ScriptedSocket.latest.say(error("message_unknown", { caused_by: "m2" }));
    expect(chat.state.messages.at(-1)).toMatchObject({ rating: null });
    expect(chat.state.lastError).toMatchObject({ code: "message_unknown" });
  });
});
