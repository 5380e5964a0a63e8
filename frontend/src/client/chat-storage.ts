import type { BackendChoice } from "./chat-state.ts";
import type { Hello, Ready } from "../protocol.gen.ts";

/** The part of the Web Storage API that is used here. */
export type KeyValueStorage = Pick<Storage, "getItem" | "setItem" | "removeItem">;

const ID = /^[A-Za-z0-9_-]{1,64}$/;

/** One id of one server, kept between visits, or only in memory where the browser refuses storage. */
class StoredId {
  #value: string | null;

  constructor(
    readonly key: string,
    private readonly storage: KeyValueStorage | null,
  ) {
    this.#value = this.#read();
  }

  get value(): string | null {
    return this.#value;
  }

  set value(value: string | null) {
    this.#value = value;
    try {
      if (value === null) this.storage?.removeItem(this.key);
      else this.storage?.setItem(this.key, value);
    } catch {
      // Full or forbidden: the id then lives as long as the page.
    }
  }

  /** Whatever else may lie under the key would make the server refuse `hello` for ever. */
  #read(): string | null {
    try {
      const value = this.storage?.getItem(this.key) ?? null;
      return value !== null && ID.test(value) ? value : null;
    } catch {
      return null;
    }
  }
}

/** Who this browser is to one server, and which conversation this tab is in. */
export class Identity {
  readonly #visitor: StoredId;
  readonly #conversation: StoredId;

  constructor(url: string, visitorStorage: KeyValueStorage | null, conversationStorage: KeyValueStorage | null) {
    this.#visitor = new StoredId(`trilane:${url}:visitor`, visitorStorage);
    this.#conversation = new StoredId(`trilane:${url}:conversation`, conversationStorage);
  }

  get inConversation(): boolean {
    return this.#conversation.value !== null;
  }

  hello(backend: BackendChoice, lastSeq: number | null): Hello {
    return {
      type: "hello",
      visitor_id: this.#visitor.value,
      conversation_id: this.#conversation.value,
      last_seq: this.inConversation ? lastSeq : null,
      backend,
    };
  }

  keep(frame: Ready): void {
    this.#visitor.value = frame.visitor_id;
    this.#conversation.value = frame.conversation_id;
  }

  leaveConversation(): void {
    this.#conversation.value = null;
  }
}

/** null where merely naming the storage throws, as in sandboxed frames and with cookies blocked. */
export function browserStorage(name: "localStorage" | "sessionStorage"): KeyValueStorage | null {
  try {
    return globalThis[name] ?? null;
  } catch {
    return null;
  }
}
