// @vitest-environment happy-dom
import { describe, expect, test } from "vitest";
import { askAndStart, error, finished, ready } from "../client/chat-driver.ts";
import { ScriptedSocket } from "../client/scripted-socket.ts";
import { textOf, Widget } from "./widget-driver.ts";

/** What has the focus, through all shadow trees. */
function focused(): Element | null {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element;
}

describe("the panel", () => {
  test("opens from the launcher and closes with Escape, and the focus goes along", async () => {
    const widget = new Widget();
    await widget.settled();
    expect(ScriptedSocket.opened).toHaveLength(0);
    await widget.click("launcher");
    expect(widget.one("panel").hidden).toBe(false);
    expect(widget.one("launcher").getAttribute("aria-expanded")).toBe("true");
    expect(ScriptedSocket.opened).toHaveLength(1);
    expect(focused()).toBe(widget.one("composer"));
    await widget.press(widget.one("composer"), "Escape");
    expect(focused()).toBe(widget.one("launcher"));
    expect(widget.one("panel").hidden).toBe(true);
    expect(widget.one("launcher").getAttribute("aria-expanded")).toBe("false");
  });

  test("asks what the page has it ask", async () => {
    const widget = new Widget();
    widget.element.ask(" How long do I have to return a tent? ");
    ScriptedSocket.latest.accept();
    ScriptedSocket.latest.say(ready());
    await widget.settled();
    expect(widget.one("panel").hidden).toBe(false);
    expect(ScriptedSocket.latest.lastOf("message.create").text).toBe("How long do I have to return a tent?");
    expect(textOf(widget.one("message"))).toBe("How long do I have to return a tent?");
  });

  test("marks the launcher when an answer comes while it is closed", async () => {
    const widget = await Widget.open();
    const socket = askAndStart(widget.chat);
    widget.element.close();
    socket.say(finished(3, "Done."));
    await widget.settled();
    expect(widget.one("launcher").getAttribute("aria-label")).toContain("new answer");
    await widget.click("launcher");
    expect(widget.one("launcher").getAttribute("aria-label")).not.toContain("new answer");
  });

  test("empties itself for a new conversation", async () => {
    const widget = await Widget.open();
    await widget.exchange("Done.");
    await widget.click("new-conversation");
    expect(widget.all("message")).toHaveLength(0);
    ScriptedSocket.latest.accept();
    expect(ScriptedSocket.latest.lastOf("hello").conversation_id).toBeNull();
  });

  test("leaves the page with its socket closed", async () => {
    const widget = await Widget.open();
    widget.element.remove();
    expect(ScriptedSocket.latest.closed).toBe(true);
  });
});

describe("the composer", () => {
  test("sends with Enter, without the spaces around, and is empty again", async () => {
    const widget = await Widget.open();
    const textarea = await widget.write("  Hello?\n");
    const event = await widget.press(textarea, "Enter");
    expect(event.defaultPrevented).toBe(true);
    expect(ScriptedSocket.latest.lastOf("message.create").text).toBe("Hello?");
    expect(textarea.value).toBe("");
  });

  test("leaves Shift+Enter and the Enter of an input method alone", async () => {
    const widget = await Widget.open();
    const textarea = await widget.write("こんにちは");
    for (const init of [{ shiftKey: true }, { isComposing: true }, { keyCode: 229 }]) {
      const event = await widget.press(textarea, "Enter", init);
      expect(event.defaultPrevented).toBe(false);
    }
    expect(ScriptedSocket.latest.sentOf("message.create")).toEqual([]);
  });

  test("does not send nothing, nor anything while a reply is due, but keeps what is written", async () => {
    const widget = await Widget.open();
    expect(widget.one<HTMLButtonElement>("send").disabled).toBe(true);
    await widget.press(await widget.write("   "), "Enter");
    expect(ScriptedSocket.latest.sentOf("message.create")).toEqual([]);
    await widget.press(await widget.write("First?"), "Enter");
    const textarea = await widget.write("Second?");
    await widget.press(textarea, "Enter");
    expect(ScriptedSocket.latest.sentOf("message.create")).toHaveLength(1);
    expect(textarea.value).toBe("Second?");
    expect(widget.one<HTMLButtonElement>("send").disabled).toBe(true);
  });

  test("counts code points near the server's limit and does not send beyond it", async () => {
    const widget = await Widget.open();
    await widget.write("x".repeat(18));
    expect(widget.one("counter").hidden).toBe(true);
    await widget.write("⛺".repeat(19));
    expect(widget.one("counter").hidden).toBe(false);
    expect(widget.one("counter").textContent?.trim()).toBe("1 character left");
    expect(widget.one<HTMLButtonElement>("send").disabled).toBe(false);
    const textarea = await widget.write("🥾".repeat(23));
    expect(widget.one("counter").textContent?.trim()).toBe("3 characters too many");
    expect(textarea.getAttribute("aria-invalid")).toBe("true");
    await widget.press(textarea, "Enter");
    await widget.click("send");
    expect(ScriptedSocket.latest.sentOf("message.create")).toEqual([]);
  });
});

describe("the stop button", () => {
  test("stands where send was while a reply runs, and cancels it once", async () => {
    const widget = await Widget.open();
    expect(widget.all("stop")).toHaveLength(0);
    const socket = askAndStart(widget.chat);
    await widget.settled();
    expect(widget.all("send")).toHaveLength(0);
    await widget.click("stop");
    expect(widget.one<HTMLButtonElement>("stop").disabled).toBe(true);
    expect(socket.sentOf("run.cancel")).toEqual([{ type: "run.cancel", run_id: "r1" }]);
    socket.say(finished(3, "", { finish_reason: "cancelled" }));
    await widget.settled();
    expect(widget.all("stop")).toHaveLength(0);
    expect(widget.all("send")).toHaveLength(1);
  });
});

describe("the backend picker", () => {
  test("is there only where the page asks for it", async () => {
    const widget = await Widget.open();
    expect(widget.all("backend-picker")).toHaveLength(0);
    widget.element.picker = true;
    await widget.settled();
    const options = [...widget.one<HTMLSelectElement>("backend-picker").options];
    expect(options.map((option) => [option.value, option.text])).toEqual([
      ["auto", "Auto"],
      ["finetuned", "Fine-tuned"],
      ["prompt-tuned", "Prompt-tuned"],
      ["prompted", "Prompt-engineered"],
    ]);
  });

  test("chooses at once while nothing has been said", async () => {
    const widget = await Widget.open({ picker: true });
    await widget.choose("finetuned");
    ScriptedSocket.latest.accept();
    expect(ScriptedSocket.latest.lastOf("hello")).toMatchObject({ backend: "finetuned", conversation_id: null });
  });

  test("asks before it ends a conversation, and takes no for an answer", async () => {
    const widget = await Widget.open({ picker: true });
    await widget.exchange("Done.");
    await widget.choose("finetuned");
    expect(ScriptedSocket.opened).toHaveLength(1);
    await widget.click("keep-conversation");
    expect(widget.one<HTMLSelectElement>("backend-picker").value).toBe("auto");
    expect(widget.all("message")).toHaveLength(2);
    await widget.choose("finetuned");
    await widget.click("confirm-change");
    expect(widget.all("message")).toHaveLength(0);
    ScriptedSocket.latest.accept();
    expect(ScriptedSocket.latest.lastOf("hello")).toMatchObject({ backend: "finetuned", conversation_id: null });
  });
});

describe("the notice", () => {
  test("says that the connection was lost, and tries again on request", async () => {
    const widget = await Widget.open();
    ScriptedSocket.latest.die();
    await widget.settled();
    expect(widget.one("notice").textContent).toContain("connection was lost");
    await widget.click("retry");
    expect(ScriptedSocket.opened).toHaveLength(2);
    ScriptedSocket.latest.accept();
    ScriptedSocket.latest.say(ready({ resume: "replayed" }));
    await widget.settled();
    expect(widget.all("notice")).toHaveLength(0);
  });

  test("says that the browser is offline, and tries again once it is not", async () => {
    const widget = await Widget.open();
    window.dispatchEvent(new Event("offline"));
    ScriptedSocket.latest.die();
    await widget.settled();
    expect(widget.one("notice").textContent).toContain("You are offline");
    window.dispatchEvent(new Event("online"));
    expect(ScriptedSocket.opened).toHaveLength(2);
  });

  test("says in plain words what was refused, and sends it again on request", async () => {
    const widget = await Widget.open();
    await widget.press(await widget.write("Hello?"), "Enter");
    const { client_msg_id } = ScriptedSocket.latest.lastOf("message.create");
    ScriptedSocket.latest.say(error("busy", { caused_by: client_msg_id, retryable: true }));
    await widget.settled();
    expect(widget.one("notice").textContent).toContain("Many people are asking");
    await widget.click("retry");
    expect(ScriptedSocket.latest.sentOf("message.create")).toHaveLength(2);
    expect(widget.all("notice")).toHaveLength(0);
  });

  test("shows an unknown error in the server's own words, as text", async () => {
    const widget = await Widget.open();
    ScriptedSocket.latest.say(error("new_code", { message: "The <i>desk</i> is shut." }));
    await widget.settled();
    expect(widget.one("notice").textContent).toContain("The <i>desk</i> is shut.");
    expect(widget.one("notice").querySelector("i")).toBeNull();
  });
});
