import type { Clock } from "./clock.ts";

const LONGEST_SILENCE_MS = 10_000;
/** "At least this often" leaves no room for a late timer, so pings go out a little early. */
const EARLY = 0.8;

/** Pings an open socket and notices when nothing comes back, which a half-open TCP connection never tells. */
export class Heartbeat {
  #stopPing = (): void => {};
  #stopWaiting = (): void => {};

  constructor(
    private readonly clock: Clock,
    private readonly socket: { ping(): void; dead(): void },
  ) {}

  start(heartbeat_ms: number): void {
    this.stop();
    this.#stopPing = this.clock.after(heartbeat_ms * EARLY, () => {
      this.start(heartbeat_ms);
      this.#stopWaiting = this.clock.after(Math.min(heartbeat_ms / 2, LONGEST_SILENCE_MS), () => {
        this.stop();
        this.socket.dead();
      });
      this.socket.ping();
    });
  }

  /** Any frame proves life: behind a burst of text a pong may be late. */
  heard(): void {
    this.#stopWaiting();
  }

  stop(): void {
    this.#stopPing();
    this.#stopWaiting();
  }
}
