import type { ChatSocketOptions } from "../../src/client/chat-socket.ts";
import type { ShownSource } from "../../src/protocol.gen.ts";
import { SupportChat } from "../../src/widget/support-chat.ts";
import { askAndStart, Browser, finished, ready } from "../client/chat-driver.ts";
import { ScriptedSocket } from "../client/scripted-socket.ts";

type Part = Element & { updateComplete?: Promise<boolean> };

/** The element and all that its shadow trees hold, as a reader would come across it. */
function everything(root: Element): Part[] {
  const inside = [...(root.shadowRoot?.children ?? []), ...root.children];
  return [root, ...inside.flatMap((child) => everything(child))];
}

/** The first match in a part of the widget, through its shadow trees. */
export function inside(root: Element | undefined, selector: string): HTMLElement | null {
  const found = root && everything(root).find((part) => part.matches(selector));
  return (found ?? null) as HTMLElement | null;
}

export function textOf(message: HTMLElement | undefined): string {
  return inside(message, ".text")?.textContent ?? "";
}

/** The widget on a page, used as a customer would. */
export class Widget {
  readonly browser = new Browser();
  readonly element = new SupportChat();
  readonly chat;

  constructor(options: Partial<ChatSocketOptions> = {}) {
    document.body.replaceChildren();
    this.chat = this.browser.chat(options);
    this.element.chat = this.chat;
    document.body.append(this.element);
  }

  /** Open and connected, with room for 20 characters a message. */
  static async open(attributes: { picker?: boolean } = {}): Promise<Widget> {
    const widget = new Widget();
    widget.element.picker = attributes.picker ?? false;
    widget.element.open();
    ScriptedSocket.latest.accept();
    ScriptedSocket.latest.say(ready({ limits: { max_message_chars: 20 } }));
    await widget.settled();
    return widget;
  }

  /** Each part of the widget draws itself after the one around it. */
  async settled(): Promise<void> {
    for (let depth = 0; depth < 4; depth += 1) {
      await Promise.all(everything(this.element).map((part) => part.updateComplete));
    }
  }

  all<E extends HTMLElement = HTMLElement>(testId: string): E[] {
    const found: Element[] = everything(this.element).filter((part) => part.getAttribute("data-testid") === testId);
    return found as E[];
  }

  one<E extends HTMLElement = HTMLElement>(testId: string): E {
    const found = this.all<E>(testId);
    if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} elements are ${testId}`);
    return found[0];
  }

  async write(text: string): Promise<HTMLTextAreaElement> {
    const textarea = this.one<HTMLTextAreaElement>("composer");
    textarea.value = text;
    textarea.dispatchEvent(new Event("input"));
    await this.settled();
    return textarea;
  }

  async press(target: HTMLElement, key: string, init: KeyboardEventInit = {}): Promise<KeyboardEvent> {
    const event = new KeyboardEvent("keydown", { key, bubbles: true, composed: true, cancelable: true, ...init });
    target.dispatchEvent(event);
    await this.settled();
    return event;
  }

  async click(testId: string): Promise<void> {
    this.one(testId).click();
    await this.settled();
  }

  async choose(backend: string): Promise<void> {
    const select = this.one<HTMLSelectElement>("backend-picker");
    select.value = backend;
    select.dispatchEvent(new Event("change"));
    await this.settled();
  }

  /** A question m1 and its whole answer m2. */
  async exchange(answer: string, sources: ShownSource[] = []): Promise<void> {
    askAndStart(this.chat).say(finished(3, answer, { sources }));
    await this.settled();
  }
}
