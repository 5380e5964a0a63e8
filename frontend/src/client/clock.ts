/** Timers as a value, so that whoever drives a ChatSocket can also drive its time. */
export interface Clock {
  /** Calls `action` once after `delay_ms`; the returned function calls it off. */
  after(delay_ms: number, action: () => void): () => void;
}

export const systemClock: Clock = {
  after(delay_ms, action) {
    const timer = setTimeout(action, delay_ms);
    return () => clearTimeout(timer);
  },
};
