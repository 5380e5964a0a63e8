// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ChatSocketOptions } from "../src/chat-socket.ts";
import type { Source } from "../src/protocol.gen.ts";
import "../src/support-chat.ts";
import { SupportChat } from "../src/support-chat.ts";
import { askAndStart, Browser, delta, error, finished, ready } from "./chat-driver.ts";
import { ScriptedSocket } from "./scripted-socket.ts";

let browser: Browser;
let element: SupportChat;

beforeEach(() => {
  browser = new Browser();
  element = document.createElement("support-chat");
});

afterEach(() => {
  element.remove();
  document.body.replaceChildren();
});

/** The widget on a page, open and connected. */
async function openPanel(options: Partial<ChatSocketOptions> = {}): Promise<void> {
  element.chat = browser.chat(options);
  document.body.append(element);
  element.open();
  ScriptedSocket.latest.accept();
  ScriptedSocket.latest.say(ready({ limits: { max_message_chars: 20 }, backend: options.backend ?? "auto" }));
  await settled();
}

async function settled(): Promise<void> {
  for (let round = 0; round < 4; round += 1) await Promise.all(everything(element).map((part) => part.updateComplete));
}

type Part = Element & { updateComplete?: Promise<boolean> };

/** The element and all that its shadow trees hold, as a reader would come across it. */
function everything(root: Element): Part[] {
  const inside = [...(root.shadowRoot?.children ?? []), ...root.children];
  return [root, ...inside.flatMap((child) => everything(child))];
}

function all<E extends HTMLElement = HTMLElement>(testId: string): E[] {
  return everything(element).filter((part) => part.getAttribute("data-testid") === testId) as unknown as E[];
}

function one<E extends HTMLElement = HTMLElement>(testId: string): E {
  const found = all<E>(testId);
  if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} elements are ${testId}`);
  return found[0];
}

function inside(root: HTMLElement, selector: string): HTMLElement | null {
  return (everything(root).find((part) => part.matches(selector)) ?? null) as HTMLElement | null;
}

function textOf(message: HTMLElement | undefined): string {
  return (message && inside(message, ".text")?.textContent) ?? "";
}

async function write(text: string): Promise<HTMLTextAreaElement> {
  const textarea = one<HTMLTextAreaElement>("composer");
  textarea.value = text;
  textarea.dispatchEvent(new Event("input"));
  await settled();
  return textarea;
}

async function press(target: HTMLElement, key: string, init: KeyboardEventInit = {}): Promise<KeyboardEvent> {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, composed: true, cancelable: true, ...init });
  target.dispatchEvent(event);
  await settled();
  return event;
}

async function click(testId: string): Promise<void> {
  one(testId).click();
  await settled();
}

/** A whole exchange; the reply is message m2. */
async function exchange(reply: string, sources: Source[] = []): Promise<void> {
  if (element.chat === null) throw new Error("no chat");
  askAndStart(element.chat).say(finished(3, reply, { sources }));
  await settled();
}

describe("the text of a reply", () => {
  const hostile = '<img src=x onerror="alert(1)"> <b>bold</b>';

  test("is never read as HTML, neither while it streams nor afterwards", async () => {
    await openPanel();
    const socket = askAndStart(element.chat!);
    socket.say(delta(3, 0, hostile.slice(0, 12)), delta(4, 12, hostile.slice(12)));
    await settled();
    expect(textOf(all("message")[1])).toBe(hostile);
    socket.say(finished(5, hostile));
    await settled();
    expect(textOf(all("message")[1])).toBe(hostile);
    expect(inside(element, "img, b")).toBeNull();
  });

  test("is appended to one text node, and the question is not drawn again", async () => {
    await openPanel();
    const socket = askAndStart(element.chat!);
    socket.say(delta(3, 0, "On "));
    await settled();
    const [question, answer] = all("message");
    const node = inside(answer!, ".text")?.firstChild;
    const questionNode = inside(question!, ".text")?.firstChild;
    socket.say(delta(4, 3, "its way."));
    await settled();
    expect(inside(answer!, ".text")?.firstChild).toBe(node);
    expect(node?.textContent).toBe("On its way.");
    expect(inside(question!, ".text")?.firstChild).toBe(questionNode);
  });

  test("is announced once and whole: hidden while it grows, new when it is finished", async () => {
    await openPanel();
    const socket = askAndStart(element.chat!);
    socket.say(delta(3, 0, "On"));
    await settled();
    expect(inside(element, "[role=log]")?.getAttribute("aria-live")).toBe("polite");
    const growing = inside(all("message")[1]!, ".text");
    expect(growing?.getAttribute("aria-hidden")).toBe("true");
    socket.say(finished(4, "On its way."));
    await settled();
    const whole = inside(all("message")[1]!, ".text");
    expect(whole).not.toBe(growing);
    expect(whole?.hasAttribute("aria-hidden")).toBe(false);
    expect(one("thumb-up").closest("[aria-live]")?.getAttribute("aria-live")).toBe("off");
  });

  test("is awaited with a typing sign, which goes with its first piece", async () => {
    await openPanel();
    const socket = askAndStart(element.chat!);
    await settled();
    expect(all("typing")).toHaveLength(1);
    socket.say(delta(3, 0, "On"));
    await settled();
    expect(all("typing")).toHaveLength(0);
  });
});

describe("a message", () => {
  test("carries its role and id for whoever looks for it", async () => {
    await openPanel();
    await exchange("Done.");
    expect(all("message").map((message) => ({ ...message.dataset }))).toMatchObject([
      { role: "user", messageId: "m1" },
      { role: "assistant", messageId: "m2" },
    ]);
  });

  test("shows the passages that it rests on, under the title of their article", async () => {
    await openPanel();
    const source = { article: "returns", title: "Returning an order", heading: "How long you have", text: "30 days." };
    await exchange("You have 30 days.", [source]);
    const sources = one<HTMLDetailsElement>("sources");
    expect(sources.open).toBe(false);
    expect(sources.querySelector("summary")?.textContent).toBe("From our help centre: Returning an order");
    expect(sources.querySelector("h3")?.textContent).toBe("How long you have");
    expect(sources.querySelector(".passage p")?.textContent).toBe("30 days.");
  });

  test("without sources claims none", async () => {
    await openPanel();
    await exchange("Hello.");
    expect(all("sources")).toHaveLength(0);
  });

  test("takes a thumb, and another one instead", async () => {
    await openPanel();
    await exchange("Done.");
    expect(one("thumb-up").getAttribute("aria-pressed")).toBe("false");
    await click("thumb-up");
    expect(ScriptedSocket.latest.lastOf("feedback.create")).toMatchObject({ message_id: "m2", rating: "up" });
    expect(one("thumb-up").getAttribute("aria-pressed")).toBe("true");
    await click("thumb-down");
    expect(ScriptedSocket.latest.lastOf("feedback.create")).toMatchObject({ message_id: "m2", rating: "down" });
    expect(one("thumb-up").getAttribute("aria-pressed")).toBe("false");
    expect(one("thumb-down").getAttribute("aria-pressed")).toBe("true");
  });

  test("says in words how it ended, unless it just ended", async () => {
    await openPanel();
    const socket = askAndStart(element.chat!);
    for (const [seq, finish_reason, word] of [
      [3, "cancelled", "stopped"],
      [4, "handoff", "person"],
      [5, "error", "wrong"],
      [6, "length", "cut off"],
    ] as const) {
      socket.say(finished(seq, "On its", { finish_reason }));
      await settled();
      expect(one("ending").textContent).toContain(word);
    }
    socket.say(finished(7, "On its way."));
    await settled();
    expect(all("ending")).toHaveLength(0);
  });
});

describe("the stop button", () => {
  test("stands where send was while a reply runs, and cancels it once", async () => {
    await openPanel();
    expect(all("stop")).toHaveLength(0);
    const socket = askAndStart(element.chat!);
    await settled();
    expect(all("send")).toHaveLength(0);
    await click("stop");
    expect(one<HTMLButtonElement>("stop").disabled).toBe(true);
    expect(socket.sentOf("run.cancel")).toEqual([{ type: "run.cancel", run_id: "r1" }]);
    socket.say(finished(3, "", { finish_reason: "cancelled" }));
    await settled();
    expect(all("stop")).toHaveLength(0);
    expect(all("send")).toHaveLength(1);
  });
});

describe("the composer", () => {
  test("sends with Enter, without the spaces around, and is empty again", async () => {
    await openPanel();
    const textarea = await write("  Hello?\n");
    const event = await press(textarea, "Enter");
    expect(event.defaultPrevented).toBe(true);
    expect(ScriptedSocket.latest.lastOf("message.create").text).toBe("Hello?");
    expect(textarea.value).toBe("");
  });

  test("leaves Shift+Enter and the Enter of an input method alone", async () => {
    await openPanel();
    const textarea = await write("こんにちは");
    for (const init of [{ shiftKey: true }, { isComposing: true }, { keyCode: 229 }]) {
      const event = await press(textarea, "Enter", init);
      expect(event.defaultPrevented).toBe(false);
    }
    expect(ScriptedSocket.latest.sentOf("message.create")).toEqual([]);
  });

  test("does not send nothing, nor anything while a reply is due, but keeps what is written", async () => {
    await openPanel();
    expect(one<HTMLButtonElement>("send").disabled).toBe(true);
    await press(await write("   "), "Enter");
    expect(ScriptedSocket.latest.sentOf("message.create")).toEqual([]);
    await press(await write("First?"), "Enter");
    const textarea = await write("Second?");
    await press(textarea, "Enter");
    expect(ScriptedSocket.latest.sentOf("message.create")).toHaveLength(1);
    expect(textarea.value).toBe("Second?");
    expect(one<HTMLButtonElement>("send").disabled).toBe(true);
  });

  test("counts code points near the server's limit and does not send beyond it", async () => {
    await openPanel();
    await write("x".repeat(18));
    expect(one("counter").hidden).toBe(true);
    await write("⛺".repeat(19));
    expect(one("counter").hidden).toBe(false);
    expect(one("counter").textContent?.trim()).toBe("1 characters left");
    expect(one<HTMLButtonElement>("send").disabled).toBe(false);
    const textarea = await write("🥾".repeat(23));
    expect(one("counter").textContent?.trim()).toBe("3 characters too many");
    expect(textarea.getAttribute("aria-invalid")).toBe("true");
    await press(textarea, "Enter");
    await click("send");
    expect(ScriptedSocket.latest.sentOf("message.create")).toEqual([]);
  });
});

describe("the panel", () => {
  test("opens from the launcher and closes with Escape", async () => {
    element.chat = browser.chat();
    document.body.append(element);
    await settled();
    expect(ScriptedSocket.opened).toHaveLength(0);
    await click("launcher");
    expect(one("panel").hidden).toBe(false);
    expect(one("launcher").getAttribute("aria-expanded")).toBe("true");
    expect(ScriptedSocket.opened).toHaveLength(1);
    await press(one("composer"), "Escape");
    expect(one("panel").hidden).toBe(true);
    expect(one("launcher").getAttribute("aria-expanded")).toBe("false");
  });

  test("asks what the page has it ask", async () => {
    element.chat = browser.chat();
    document.body.append(element);
    element.ask(" How long do I have to return a tent? ");
    ScriptedSocket.latest.accept();
    ScriptedSocket.latest.say(ready());
    await settled();
    expect(one("panel").hidden).toBe(false);
    expect(ScriptedSocket.latest.lastOf("message.create").text).toBe("How long do I have to return a tent?");
    expect(textOf(one("message"))).toBe("How long do I have to return a tent?");
  });

  test("marks the launcher when an answer comes while it is closed", async () => {
    await openPanel();
    const socket = askAndStart(element.chat!);
    element.close();
    socket.say(finished(3, "Done."));
    await settled();
    expect(one("launcher").getAttribute("aria-label")).toContain("new answer");
    await click("launcher");
    expect(one("launcher").getAttribute("aria-label")).not.toContain("new answer");
  });

  test("empties itself for a new conversation", async () => {
    await openPanel();
    await exchange("Done.");
    await click("new-conversation");
    expect(all("message")).toHaveLength(0);
    ScriptedSocket.latest.accept();
    expect(ScriptedSocket.latest.lastOf("hello").conversation_id).toBeNull();
  });

  test("leaves the page with its socket closed", async () => {
    await openPanel();
    element.remove();
    expect(ScriptedSocket.latest.closed).toBe(true);
  });
});

describe("the backend picker", () => {
  async function pick(backend: string): Promise<void> {
    const select = one<HTMLSelectElement>("backend-picker");
    select.value = backend;
    select.dispatchEvent(new Event("change"));
    await settled();
  }

  test("is there only where the page asks for it", async () => {
    await openPanel();
    expect(all("backend-picker")).toHaveLength(0);
    element.picker = true;
    await settled();
    const options = [...one<HTMLSelectElement>("backend-picker").options];
    expect(options.map((option) => [option.value, option.text])).toEqual([
      ["auto", "Auto"],
      ["finetuned", "Fine-tuned"],
      ["prompt-tuned", "Prompt-tuned"],
      ["prompted", "Prompt-engineered"],
    ]);
  });

  test("chooses at once while nothing has been said", async () => {
    element.picker = true;
    await openPanel();
    await pick("finetuned");
    ScriptedSocket.latest.accept();
    expect(ScriptedSocket.latest.lastOf("hello")).toMatchObject({ backend: "finetuned", conversation_id: null });
  });

  test("asks before it ends a conversation, and takes no for an answer", async () => {
    element.picker = true;
    await openPanel();
    await exchange("Done.");
    await pick("finetuned");
    expect(ScriptedSocket.opened).toHaveLength(1);
    await click("keep-conversation");
    expect(one<HTMLSelectElement>("backend-picker").value).toBe("auto");
    expect(all("message")).toHaveLength(2);
    await pick("finetuned");
    await click("confirm-change");
    expect(all("message")).toHaveLength(0);
    ScriptedSocket.latest.accept();
    expect(ScriptedSocket.latest.lastOf("hello")).toMatchObject({ backend: "finetuned", conversation_id: null });
  });
});

describe("the notice", () => {
  test("says that the connection was lost, and tries again on request", async () => {
    await openPanel();
    ScriptedSocket.latest.die();
    await settled();
    expect(one("notice").textContent).toContain("connection was lost");
    await click("retry");
    expect(ScriptedSocket.opened).toHaveLength(2);
    ScriptedSocket.latest.accept();
    ScriptedSocket.latest.say(ready({ resume: "replayed" }));
    await settled();
    expect(all("notice")).toHaveLength(0);
  });

  test("says that the browser is offline, and tries again once it is not", async () => {
    await openPanel();
    window.dispatchEvent(new Event("offline"));
    ScriptedSocket.latest.die();
    await settled();
    expect(one("notice").textContent).toContain("You are offline");
    window.dispatchEvent(new Event("online"));
    expect(ScriptedSocket.opened).toHaveLength(2);
  });

  test("says in plain words what was refused, and sends it again on request", async () => {
    await openPanel();
    await press(await write("Hello?"), "Enter");
    const { client_msg_id } = ScriptedSocket.latest.lastOf("message.create");
    ScriptedSocket.latest.say(error("busy", { caused_by: client_msg_id, retryable: true }));
    await settled();
    expect(one("notice").textContent).toContain("Many people are asking");
    await click("retry");
    expect(ScriptedSocket.latest.sentOf("message.create")).toHaveLength(2);
    expect(all("notice")).toHaveLength(0);
  });

  test("shows an unknown error in the server's own words, as text", async () => {
    await openPanel();
    ScriptedSocket.latest.say(error("new_code", { message: "The <i>desk</i> is shut." }));
    await settled();
    expect(one("notice").textContent).toContain("The <i>desk</i> is shut.");
    expect(one("notice").querySelector("i")).toBeNull();
  });
});
