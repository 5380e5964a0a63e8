// @vitest-environment happy-dom
import { describe, expect, test } from "vitest";
import { askAndStart, delta, finished } from "../client/chat-driver.ts";
import { ScriptedSocket } from "../client/scripted-socket.ts";
import { inside, textOf, Widget } from "./widget-driver.ts";

describe("the text of a reply", () => {
  const hostile = '<img src=x onerror="alert(1)"> <b>bold</b>';

  test("is never read as HTML, neither while it streams nor afterwards", async () => {
    const widget = await Widget.open();
    const socket = askAndStart(widget.chat);
    socket.say(delta(3, 0, hostile.slice(0, 12)), delta(4, 12, hostile.slice(12)));
    await widget.settled();
    expect(textOf(widget.all("message")[1])).toBe(hostile);
    socket.say(finished(5, hostile));
    await widget.settled();
    expect(textOf(widget.all("message")[1])).toBe(hostile);
    expect(inside(widget.element, "img, b")).toBeNull();
  });

  test("is appended to one text node, and the question is not drawn again", async () => {
    const widget = await Widget.open();
    const socket = askAndStart(widget.chat);
    socket.say(delta(3, 0, "On "));
    await widget.settled();
    const [question, answer] = widget.all("message");
    const node = inside(answer, ".text")?.firstChild;
    const questionNode = inside(question, ".text")?.firstChild;
    socket.say(delta(4, 3, "its way."));
    await widget.settled();
    expect(inside(answer, ".text")?.firstChild).toBe(node);
    expect(node?.textContent).toBe("On its way.");
    expect(inside(question, ".text")?.firstChild).toBe(questionNode);
  });

  test("is announced once and whole: hidden while it grows, new when it is finished", async () => {
    const widget = await Widget.open();
    const socket = askAndStart(widget.chat);
    socket.say(delta(3, 0, "On"));
    await widget.settled();
    expect(inside(widget.element, "[role=log]")?.getAttribute("aria-live")).toBe("polite");
    const growing = inside(widget.all("message")[1], ".text");
    expect(growing?.getAttribute("aria-hidden")).toBe("true");
    socket.say(finished(4, "On its way."));
    await widget.settled();
    const whole = inside(widget.all("message")[1], ".text");
    expect(whole).not.toBe(growing);
    expect(whole?.hasAttribute("aria-hidden")).toBe(false);
    expect(widget.one("thumb-up").closest("[aria-live]")?.getAttribute("aria-live")).toBe("off");
  });

  test("is awaited with a typing sign, which goes with its first piece", async () => {
    const widget = await Widget.open();
    const socket = askAndStart(widget.chat);
    await widget.settled();
    expect(widget.all("typing")).toHaveLength(1);
    socket.say(delta(3, 0, "On"));
    await widget.settled();
    expect(widget.all("typing")).toHaveLength(0);
  });
});

describe("a message", () => {
  test("carries its role and id for whoever looks for it", async () => {
    const widget = await Widget.open();
    await widget.exchange("Done.");
    expect(widget.all("message").map((message) => ({ ...message.dataset }))).toMatchObject([
      { role: "user", messageId: "m1" },
      { role: "assistant", messageId: "m2" },
    ]);
  });

  test("shows the passages that it rests on, under the title of their article", async () => {
    const widget = await Widget.open();
    const source = { article: "returns", title: "Returning an order", heading: "How long you have", text: "30 days." };
    await widget.exchange("You have 30 days.", [source]);
    const sources = widget.one<HTMLDetailsElement>("sources");
    expect(sources.open).toBe(false);
    expect(sources.querySelector("summary")?.textContent).toBe("From our help centre: Returning an order");
    expect(sources.querySelector("h3")?.textContent).toBe("How long you have");
    expect(sources.querySelector(".passage p")?.textContent).toBe("30 days.");
  });

  test("without sources claims none", async () => {
    const widget = await Widget.open();
    await widget.exchange("Hello.");
    expect(widget.all("sources")).toHaveLength(0);
  });

  test("takes a thumb, and another one instead", async () => {
    const widget = await Widget.open();
    await widget.exchange("Done.");
    expect(widget.one("thumb-up").getAttribute("aria-pressed")).toBe("false");
    await widget.click("thumb-up");
    expect(ScriptedSocket.latest.lastOf("feedback.create")).toMatchObject({ message_id: "m2", rating: "up" });
    expect(widget.one("thumb-up").getAttribute("aria-pressed")).toBe("true");
    await widget.click("thumb-down");
    expect(ScriptedSocket.latest.lastOf("feedback.create")).toMatchObject({ message_id: "m2", rating: "down" });
    expect(widget.one("thumb-up").getAttribute("aria-pressed")).toBe("false");
    expect(widget.one("thumb-down").getAttribute("aria-pressed")).toBe("true");
  });

  test("says in words how it ended, unless it just ended", async () => {
    const widget = await Widget.open();
    const socket = askAndStart(widget.chat);
    for (const [seq, finish_reason, word] of [
      [3, "cancelled", "stopped"],
      [4, "handoff", "person"],
      [5, "error", "wrong"],
      [6, "length", "cut off"],
    ] as const) {
      socket.say(finished(seq, "On its", { finish_reason }));
      await widget.settled();
      expect(widget.one("ending").textContent).toContain(word);
    }
    socket.say(finished(7, "On its way."));
    await widget.settled();
    expect(widget.all("ending")).toHaveLength(0);
  });

  test("without a word says who ended it: the customer, or something that went wrong", async () => {
    const widget = await Widget.open();
    const socket = askAndStart(widget.chat);
    socket.say(finished(3, "", { finish_reason: "cancelled" }));
    await widget.settled();
    expect(widget.one("ending").textContent).toBe("This answer was stopped before it began.");
    socket.say(finished(4, "", { finish_reason: "error" }));
    await widget.settled();
    expect(widget.one("ending").textContent).toBe("Something went wrong, so there is no answer.");
  });

  test("links the telephone number and the e-mail address in a finished reply", async () => {
    const widget = await Widget.open();
    await widget.exchange("Call (303) 555-0142 or write to help@junipertrail.example.");
    const links = widget.all("message").map((message) => inside(message, ".text")?.querySelectorAll("a") ?? []);
    expect([...(links[1] ?? [])].map((link) => link.href)).toEqual([
      "tel:+13035550142",
      "mailto:help@junipertrail.example",
    ]);
  });
});

describe("the choices of an offer", () => {
  const offer = {
    decision: "offer",
    choices: [
      { id: "1", label: "Returning a tent" },
      { id: "2", label: "<b>Boots</b>" },
    ],
  } as const;

  test("are buttons that say what they say, and only while the offer is the newest message", async () => {
    const widget = await Widget.open();
    const socket = askAndStart(widget.chat);
    socket.say(finished(3, "Is it one of these?", { ...offer, choices: [...offer.choices] }));
    await widget.settled();
    const buttons = [...widget.one("choices").querySelectorAll("button")];
    expect(buttons.map((button) => [button.textContent, button.disabled])).toEqual([
      ["Returning a tent", false],
      ["<b>Boots</b>", false],
    ]);
    buttons[1]?.click();
    await widget.settled();
    expect(socket.lastOf("message.create").text).toBe("<b>Boots</b>");
    expect([...widget.one("choices").querySelectorAll("button")].every((button) => button.disabled)).toBe(true);
  });

  test("are none where a reply offers nothing", async () => {
    const widget = await Widget.open();
    askAndStart(widget.chat).say(finished(3, "30 days."));
    await widget.settled();
    expect(widget.all("choices")).toHaveLength(0);
  });
});
