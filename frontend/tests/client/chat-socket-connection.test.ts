import { beforeEach, describe, expect, test } from "vitest";
import { askAndStart, Browser, delta, error, finished, ready, SERVER, texts } from "./chat-driver.ts";
import { MemoryStorage, ScriptedSocket } from "./scripted-socket.ts";

let browser: Browser;

beforeEach(() => {
  browser = new Browser();
});

describe("hello", () => {
  test("the first frame is a hello for a new conversation with the chosen backend", () => {
    const chat = browser.chat({ backend: "prompt-tuned" });
    chat.connect();
    expect(chat.state.connection).toBe("connecting");
    expect(ScriptedSocket.latest.url).toBe(SERVER);
    ScriptedSocket.latest.accept();
    expect(ScriptedSocket.latest.sent).toEqual([
      { type: "hello", visitor_id: null, conversation_id: null, last_seq: null, backend: "prompt-tuned" },
    ]);
    expect(chat.state.connection).toBe("connecting");
    ScriptedSocket.latest.say(ready({ backend: "prompt-tuned" }));
    expect(chat.state).toMatchObject({ connection: "open", backend: "prompt-tuned", lastError: null });
    expect(chat.state.limits).toEqual({ max_message_chars: 2000 });
  });

  test("a reloaded page goes on with its conversation, and a new tab only with its visitor", () => {
    browser.openChat();
    browser.chat().connect();
    ScriptedSocket.latest.accept();
    expect(ScriptedSocket.latest.lastOf("hello")).toMatchObject({ visitor_id: "v1", conversation_id: "c1" });
    browser.chat({ conversationStorage: new MemoryStorage() }).connect();
    ScriptedSocket.latest.accept();
    expect(ScriptedSocket.latest.lastOf("hello")).toMatchObject({ visitor_id: "v1", conversation_id: null });
  });

  test("the ids of one server are not told to another", () => {
    browser.openChat();
    browser.chat({ url: "wss://other.example/ws" }).connect();
    ScriptedSocket.latest.accept();
    expect(ScriptedSocket.latest.lastOf("hello")).toMatchObject({ visitor_id: null, conversation_id: null });
    expect(browser.visitors.keys).toEqual([`trilane:${SERVER}:visitor`]);
    expect(browser.conversations.keys).toEqual([`trilane:${SERVER}:conversation`]);
  });

  test("without a storage, and with one that throws, the ids live as long as the chat", () => {
    const forbidden = {
      getItem: () => { throw new Error("denied"); },
      setItem: () => { throw new Error("denied"); },
      removeItem: () => { throw new Error("denied"); },
    };
    for (const storage of [null, forbidden]) {
      const chat = browser.openChat({ visitorStorage: storage, conversationStorage: storage });
      expect(chat.state.connection).toBe("open");
      expect(browser.loseAndComeBack().lastOf("hello")).toMatchObject({ visitor_id: "v1", conversation_id: "c1" });
    }
  });

  test("a stored id that the server would refuse is not sent", () => {
    browser.visitors.setItem(`trilane:${SERVER}:visitor`, "not an id!");
    browser.chat().connect();
    ScriptedSocket.latest.accept();
    expect(ScriptedSocket.latest.lastOf("hello").visitor_id).toBeNull();
  });

  test("a conversation that the server does not know is forgotten and a new one begins", () => {
    browser.openChat();
    const chat = browser.chat();
    chat.connect();
    const first = ScriptedSocket.latest;
    first.accept();
    chat.send("Hello?");
    first.say(error("conversation_unknown"));
    expect(first.closed).toBe(true);
    expect(browser.conversations.keys).toEqual([]);
    ScriptedSocket.latest.accept();
    expect(ScriptedSocket.latest.lastOf("hello")).toMatchObject({ visitor_id: "v1", conversation_id: null });
    ScriptedSocket.latest.say(ready({ conversation_id: "c2" }));
    expect(chat.state).toMatchObject({ connection: "open", lastError: null });
    expect(ScriptedSocket.latest.lastOf("message.create").text).toBe("Hello?");
    expect(browser.conversations.getItem(`trilane:${SERVER}:conversation`)).toBe("c2");
  });

  test("a conversation that is erased while it is open is gone from the page, and a new one begins", () => {
    const chat = browser.openChat();
    const first = askAndStart(chat);
    first.say(delta(3, 0, "It left"), error("conversation_erased"));
    expect(first.closed).toBe(true);
    expect(texts(chat)).toEqual([]);
    ScriptedSocket.latest.accept();
    expect(ScriptedSocket.latest.lastOf("hello").conversation_id).toBeNull();
    ScriptedSocket.latest.say(ready({ conversation_id: "c2" }));
    expect(chat.state).toMatchObject({ connection: "open", lastError: null, activeRun: null });
  });
});

describe("a lost socket", () => {
  test("is replaced with growing, jittered delays, and the count starts anew after success", () => {
    let chance = 0;
    const chat = browser.openChat({ random: () => chance });
    const opensAfter = (delay_ms: number): void => {
      const before = ScriptedSocket.opened.length;
      ScriptedSocket.latest.die();
      expect(chat.state.connection).toBe("reconnecting");
      browser.clock.advance(delay_ms - 1);
      expect(ScriptedSocket.opened).toHaveLength(before);
      browser.clock.advance(1);
      expect(ScriptedSocket.opened).toHaveLength(before + 1);
    };
    opensAfter(250);
    opensAfter(500);
    chance = 0.5;
    opensAfter(1_500);
    chance = 0;
    for (const delay_ms of [2_000, 4_000, 8_000, 15_000, 15_000]) opensAfter(delay_ms);
    ScriptedSocket.latest.accept();
    ScriptedSocket.latest.say(ready({ resume: "replayed" }));
    opensAfter(250);
  });

  test("is replaced at once when connect() is called while waiting", () => {
    const chat = browser.openChat();
    ScriptedSocket.latest.die();
    chat.connect();
    expect(ScriptedSocket.opened).toHaveLength(2);
    browser.clock.advance(60_000 / 8);
    expect(ScriptedSocket.opened).toHaveLength(2);
  });

  test("goes on with last_seq, and the replayed frames finish the reply", () => {
    const chat = browser.openChat();
    askAndStart(chat).say(delta(3, 0, "On "));
    const second = browser.loseAndComeBack();
    expect(second.lastOf("hello")).toMatchObject({ visitor_id: "v1", conversation_id: "c1", last_seq: 3 });
    second.say(ready({ resume: "replayed", last_seq: 5 }), delta(4, 3, "its way."), finished(5, "On its way."));
    expect(chat.state.messages).toMatchObject([
      { role: "user" },
      { text: "On its way.", streaming: false },
    ]);
  });

  test("may be followed by a snapshot, whose running reply goes on in code points", () => {
    const chat = browser.openChat();
    askAndStart(chat).say(delta(3, 0, "⛺"));
    const key = chat.state.messages[0]?.key;
    const second = browser.loseAndComeBack();
    const question = { message_id: "m1", role: "user", text: "Where is my parcel?" } as const;
    second.say(ready({ resume: "snapshot", last_seq: 40 }), {
      type: "snapshot",
      messages: [{ ...question, finish_reason: null, sources: [], choices: [], rating: null }],
      active_run: { run_id: "r1", message_id: "m2", text: "⛺ On " },
    });
    second.say(delta(41, 5, "its way."));
    expect(texts(chat)).toEqual(["Where is my parcel?", "⛺ On its way."]);
    expect(chat.state.messages[0]?.key).toBe(key);
    expect(chat.state.activeRun).toMatchObject({ runId: "r1" });
  });

  test("that never got as far as ready is given up after a while", () => {
    const chat = browser.chat();
    chat.connect();
    const first = ScriptedSocket.latest;
    browser.clock.advance(15_000);
    expect(first.closed).toBe(true);
    expect(chat.state.connection).toBe("reconnecting");
  });

  test("says nothing more: its late frames and its late close are not heard", () => {
    const chat = browser.openChat();
    const first = ScriptedSocket.latest;
    first.die();
    browser.clock.advance(250);
    first.say(error("internal"));
    first.die();
    expect(chat.state.lastError).toBeNull();
    expect(ScriptedSocket.opened).toHaveLength(2);
  });

  test("is not replaced after close()", () => {
    const chat = browser.openChat();
    chat.close();
    expect(ScriptedSocket.latest.closed).toBe(true);
    browser.clock.advance(120_000);
    expect(ScriptedSocket.opened).toHaveLength(1);
    expect(chat.state.connection).toBe("closed");
  });
});

describe("heartbeat", () => {
  test("pings at least every heartbeat_ms while pongs come back", () => {
    browser.openChat();
    const socket = ScriptedSocket.latest;
    for (let pings = 1; pings <= 3; pings += 1) {
      browser.clock.advance(16_000);
      expect(socket.sentOf("ping")).toHaveLength(pings);
      socket.say({ type: "pong" });
    }
    expect(socket.closed).toBe(false);
  });

  test("a pong that does not come means a dead socket", () => {
    const chat = browser.openChat();
    const socket = ScriptedSocket.latest;
    browser.clock.advance(16_000);
    expect(socket.closed).toBe(false);
    browser.clock.advance(10_000);
    expect(socket.closed).toBe(true);
    expect(chat.state.connection).toBe("reconnecting");
  });
});

describe("goaway", () => {
  test("for a shutdown or a slow reader is followed by a reconnect", () => {
    for (const reason of ["shutdown", "slow"] as const) {
      const chat = browser.openChat();
      const opened = ScriptedSocket.opened.length;
      ScriptedSocket.latest.say({ type: "goaway", reason });
      expect(chat.state.connection).toBe("reconnecting");
      browser.clock.advance(250);
      expect(ScriptedSocket.opened).toHaveLength(opened + 1);
      chat.close();
    }
  });

  test("for a breach of the protocol ends the chat, since it would only happen again", () => {
    const chat = browser.openChat();
    ScriptedSocket.latest.say({ type: "goaway", reason: "protocol" });
    browser.clock.advance(120_000);
    expect(chat.state).toMatchObject({ connection: "closed", lastError: { code: "protocol" } });
    expect(ScriptedSocket.opened).toHaveLength(1);
  });
});
