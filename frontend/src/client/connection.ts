import type { Clock } from "./clock.ts";
import { Heartbeat } from "./heartbeat.ts";

/** What is used of a WebSocket. */
export interface SocketLike extends EventTarget {
  send(text: string): void;
  close(): void;
}

export interface ConnectionOptions {
  url: string;
  socket: new (url: string) => SocketLike;
  clock: Clock;
  /** Uniform in [0, 1). */
  random: () => number;
  ping: string;
}

export interface ConnectionListener {
  opened(): void;
  received(text: string): void;
  /** The socket is gone; another attempt is already planned. */
  lost(): void;
  /** No attempt can ever succeed. */
  impossible(reason: string): void;
}

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
/** From the attempt to connect until `settled`. */
const SETTLED_WITHIN_MS = 15_000;

/** One WebSocket at a time, opened again with growing delays whenever it is lost. */
export class Connection {
  #socket: SocketLike | null = null;
  #stopTimer = (): void => {};
  #failedAttempts = 0;
  readonly #heartbeat: Heartbeat;

  constructor(
    private readonly options: ConnectionOptions,
    private readonly listener: ConnectionListener,
  ) {
    this.#heartbeat = new Heartbeat(options.clock, {
      ping: () => this.send(options.ping),
      dead: () => this.reopenLater(),
    });
  }

  get hasSocket(): boolean {
    return this.#socket !== null;
  }

  send(text: string): void {
    this.#socket?.send(text);
  }

  /** Leaves the socket of before, if any, and opens one now. */
  open(): void {
    this.close();
    let socket: SocketLike;
    try {
      socket = new this.options.socket(this.options.url);
    } catch (error) {
      this.listener.impossible(error instanceof Error ? error.message : String(error));
      return;
    }
    this.#socket = socket;
    const on = (type: string, action: (event: Event) => void): void =>
      socket.addEventListener(type, (event) => {
        if (this.#socket === socket) action(event);
      });
    on("open", () => this.listener.opened());
    on("close", () => this.reopenLater());
    on("message", (event) => {
      this.#heartbeat.heard();
      this.listener.received(String((event as MessageEvent<unknown>).data));
    });
    this.#stopTimer = this.options.clock.after(SETTLED_WITHIN_MS, () => this.reopenLater());
  }

  /** The server has answered the greeting: this attempt has succeeded. */
  settled(heartbeat_ms: number): void {
    this.#stopTimer();
    this.#failedAttempts = 0;
    this.#heartbeat.start(heartbeat_ms);
  }

  reopenLater(atLeast_ms = 0): void {
    this.close();
    const longest_ms = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#failedAttempts);
    this.#failedAttempts += 1;
    // Half of the delay is chance, so that a restarted server does not meet all its visitors at once.
    const delay_ms = Math.max(atLeast_ms, longest_ms * (0.5 + this.options.random() / 2));
    this.#stopTimer = this.options.clock.after(delay_ms, () => this.open());
    this.listener.lost();
  }

  /** Lets go of the socket, whose late events then reach nobody, and of any planned attempt. */
  close(): void {
    this.#stopTimer();
    this.#heartbeat.stop();
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }
}
