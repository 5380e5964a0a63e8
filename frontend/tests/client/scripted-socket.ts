import type { Clock } from "../../src/client/clock.ts";
import type { ClientFrame, ServerFrame } from "../../src/protocol.gen.ts";

/** A WebSocket whose other end is the test. */
export class ScriptedSocket extends EventTarget {
  static opened: ScriptedSocket[] = [];
  readonly sent: ClientFrame[] = [];
  closed = false;

  constructor(readonly url: string) {
    super();
    ScriptedSocket.opened.push(this);
  }

  static get latest(): ScriptedSocket {
    const socket = ScriptedSocket.opened.at(-1);
    if (socket === undefined) throw new Error("no socket was opened");
    return socket;
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text) as ClientFrame);
  }

  close(): void {
    this.closed = true;
  }

  accept(): void {
    this.dispatchEvent(new Event("open"));
  }

  say(...frames: ServerFrame[]): void {
    for (const frame of frames) this.sayText(JSON.stringify(frame));
  }

  sayText(data: string): void {
    this.dispatchEvent(new MessageEvent("message", { data }));
  }

  die(): void {
    this.dispatchEvent(new Event("close"));
  }

  sentOf<T extends ClientFrame["type"]>(type: T): Extract<ClientFrame, { type: T }>[] {
    return this.sent.filter((frame): frame is Extract<ClientFrame, { type: T }> => frame.type === type);
  }

  lastOf<T extends ClientFrame["type"]>(type: T): Extract<ClientFrame, { type: T }> {
    const frame = this.sentOf(type).at(-1);
    if (frame === undefined) throw new Error(`no ${type} was sent`);
    return frame;
  }
}

/** Time stands still until the test moves it. */
export class HandClock implements Clock {
  #now_ms = 0;
  #timers: { due_ms: number; action: () => void }[] = [];

  after(delay_ms: number, action: () => void): () => void {
    const timer = { due_ms: this.#now_ms + delay_ms, action };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  advance(by_ms: number): void {
    const until_ms = this.#now_ms + by_ms;
    for (;;) {
      const [next] = this.#timers.filter((timer) => timer.due_ms <= until_ms).sort((a, b) => a.due_ms - b.due_ms);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#now_ms = next.due_ms;
      next.action();
    }
    this.#now_ms = until_ms;
  }
}

/** A Storage that lives as long as the test. */
export class MemoryStorage {
  readonly #items = new Map<string, string>();

  get keys(): string[] {
    return [...this.#items.keys()];
  }

  getItem(key: string): string | null {
    return this.#items.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    this.#items.set(key, value);
  }

  removeItem(key: string): void {
    this.#items.delete(key);
  }
}
