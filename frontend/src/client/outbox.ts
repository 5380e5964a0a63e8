export interface Outgoing {
  readonly clientMsgId: string;
  readonly text: string;
  /** "unsure": sent on a socket that died without an answer, so the server may or may not have it. */
  state: "queued" | "sent" | "unsure";
}

/** Messages that the server has not acknowledged, in the order in which they were said. */
export class Outbox {
  #waiting: Outgoing[] = [];

  get head(): Outgoing | undefined {
    return this.#waiting[0];
  }

  add(text: string, clientMsgId = newId()): string {
    this.#waiting.push({ clientMsgId, text, state: "queued" });
    return clientMsgId;
  }

  /** The message that an error is about; an error that names nothing is about the one just sent. */
  refused(causedBy: string | null): Outgoing | undefined {
    if (causedBy === null) return this.head?.state === "sent" ? this.head : undefined;
    return this.#waiting.find((message) => message.clientMsgId === causedBy);
  }

  remove(clientMsgId: string): void {
    this.#waiting = this.#waiting.filter((message) => message.clientMsgId !== clientMsgId);
  }

  clear(): void {
    this.#waiting = [];
  }

  socketLost(): void {
    for (const message of this.#waiting) if (message.state === "sent") message.state = "unsure";
  }
}

/** `crypto.randomUUID` exists on https pages only; shops under development are often served over http. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
