// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { delta } from "../client/chat-driver.ts";
import { ScriptedSocket } from "../client/scripted-socket.ts";
import { inside, Widget } from "./widget-driver.ts";

const TURN_PX = 100;
const PASSAGE_PX = 400;

/** happy-dom has no layout: this gives the log one, with frames in which a browser's events come in their order. */
class Page {
  static growth: (() => void)[] = [];
  readonly #log: HTMLElement;
  #at_px = 0;
  #reported_px = 0;
  #sizes = "";

  constructor(readonly widget: Widget, public log_px: number) {
    const log = inside(widget.element, "[role=log]");
    if (log === null) throw new Error("there is no log");
    this.#log = log;
    Object.defineProperties(log, {
      clientHeight: { get: () => this.log_px },
      scrollHeight: { get: () => this.content_px },
      scrollTop: { get: () => this.at_px, set: (to: number) => (this.#at_px = Math.min(to, this.#end)) },
    });
  }

  /** What has not drawn itself yet takes no room. */
  get content_px(): number {
    const drawn = this.widget.all("message").filter((message) => inside(message, ".turn") !== null);
    const open = this.widget.all<HTMLDetailsElement>("sources").filter((sources) => sources.open);
    return drawn.length * TURN_PX + open.length * PASSAGE_PX;
  }

  get at_px(): number {
    return (this.#at_px = Math.min(this.#at_px, this.#end));
  }

  get atEnd(): boolean {
    return this.at_px === this.#end;
  }

  get #end(): number {
    return Math.max(0, this.content_px - this.log_px);
  }

  scrollTo(at_px: number): void {
    this.#log.scrollTop = at_px;
  }

  /** First the scrolling is reported, then the change of sizes, until nothing moves any more. */
  async frames(): Promise<void> {
    for (let frame = 0; frame < 4; frame += 1) {
      await this.widget.settled();
      const at_px = this.at_px;
      if (at_px !== this.#reported_px) {
        this.#reported_px = at_px;
        this.#log.dispatchEvent(new Event("scroll"));
      }
      const sizes = `${this.content_px} ${this.log_px}`;
      if (sizes !== this.#sizes) for (const grown of Page.growth) grown();
      this.#sizes = sizes;
    }
  }
}

beforeEach(() => {
  Page.growth = [];
  vi.useFakeTimers({ toFake: ["performance"] });
  vi.stubGlobal(
    "ResizeObserver",
    class {
      constructor(grown: () => void) {
        Page.growth.push(grown);
      }
      observe(): void {}
      disconnect(): void {}
    },
  );
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** A question and its answer, read to the end, with the passages below it opened. */
async function readToTheEnd(log_px: number): Promise<Page> {
  const widget = await Widget.open();
  const page = new Page(widget, log_px);
  const source = { article: "returns", title: "Returning an order", heading: "How long you have", text: "30 days." };
  await widget.exchange("You have 30 days.", [source]);
  widget.one<HTMLDetailsElement>("sources").open = true;
  await page.frames();
  expect(page.atEnd).toBe(true);
  vi.advanceTimersByTime(5_000);
  return page;
}

describe("what the customer says is in view", () => {
  test("when they had scrolled up beside open passages", async () => {
    const page = await readToTheEnd(250);
    page.scrollTo(40);
    await page.frames();
    page.widget.chat.send("And a tent?");
    await page.frames();
    expect(page.atEnd).toBe(true);
  });

  test("when they had scrolled up and the answer begins at once", async () => {
    const page = await readToTheEnd(250);
    page.scrollTo(40);
    await page.frames();
    page.widget.chat.send("And a tent?");
    ScriptedSocket.latest.say(
      { type: "message.created", seq: 4, message_id: "m3", role: "user", text: "And a tent?" },
      { type: "run.started", seq: 5, run_id: "r2", message_id: "m4" },
    );
    await page.frames();
    expect(page.atEnd).toBe(true);
  });

  test("when a scroll upwards was still under way", async () => {
    const page = await readToTheEnd(250);
    page.widget.chat.send("And a tent?");
    await page.frames();
    page.scrollTo(40);
    await page.frames();
    expect(page.atEnd).toBe(true);
    vi.advanceTimersByTime(5_000);
    page.scrollTo(40);
    await page.frames();
    expect(page.atEnd).toBe(false);
  });

  test("when the line for writing was tall, and the list gets its room back", async () => {
    const page = await readToTheEnd(180);
    page.widget.chat.send("And a tent?");
    page.log_px = 250;
    await page.frames();
    expect(page.atEnd).toBe(true);
    expect(page.widget.all("jump-to-latest")).toHaveLength(0);
  });
});

test("a reader who scrolls up slowly is not pulled back", async () => {
  const page = await readToTheEnd(250);
  const end_px = page.content_px - 250;
  page.scrollTo(end_px - 10);
  await page.frames();
  expect(page.at_px).toBe(end_px - 10);
});

test("a reader who has scrolled up stays there while an answer comes in", async () => {
  const page = await readToTheEnd(250);
  page.scrollTo(40);
  await page.frames();
  ScriptedSocket.latest.say(
    { type: "run.started", seq: 4, run_id: "r1", message_id: "m3" },
    delta(5, 0, "A tent too."),
  );
  await page.frames();
  expect(page.atEnd).toBe(false);
  await page.widget.click("jump-to-latest");
  await page.frames();
  expect(page.atEnd).toBe(true);
});
