import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import "./chat-message.ts";
import type { SupportChatMessage } from "./chat-message.ts";
import type { ChatMessage, Rating } from "../client/conversation.ts";
import { downIcon } from "./icons.ts";
import { basics } from "./theme.ts";

/** Closer to the end than this, the reader is taken to be following along. */
const NEAR_END_PX = 48;
/** A scroll that is still under way when a message is sent must not carry the message out of view. */
const SCROLL_UNDER_WAY_MS = 500;

/** Before the server has begun a reply; its key is no message's. */
const expected: ChatMessage = {
  key: "expected",
  id: null,
  role: "assistant",
  text: "",
  streaming: true,
  finishReason: null,
  sources: [],
  choices: [],
  rating: null,
  pending: false,
  failed: null,
};

/** The key of what was said last by the customer, whatever has been answered since. */
function lastSaid(messages: readonly ChatMessage[]): string | undefined {
  return messages.filter((message) => message.role === "user").at(-1)?.key;
}

/** The turns so far, as a log that keeps its end in view for whoever is reading there. */
@customElement("support-chat-messages")
export class SupportChatMessages extends LitElement {
  @property({ attribute: false }) messages: readonly ChatMessage[] = [];
  @property({ type: Boolean }) awaitingReply = false;
  @property() greeting = "";
  /** Questions that a customer can ask with one click, before anything is said. */
  @property({ attribute: false }) suggestions: readonly string[] = [];
  @property({ attribute: false }) ask: (question: string) => void = () => {};
  @property({ attribute: false }) rate: (messageId: string, rating: Rating) => void = () => {};
  @state() private following = true;
  @query(".log") private log!: HTMLElement;
  @query(".turns") private turns!: HTMLElement;
  @query("support-chat-message:last-of-type") private newest!: SupportChatMessage | null;
  /** Streamed text makes a message grow without any update here. */
  #growth: ResizeObserver | null = null;
  /** Where the log was last known to be, by the reader's doing or by ours. */
  #scrollTop = 0;
  #heldUntil_ms = 0;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#growth?.disconnect();
    this.#growth = null;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("messages")) return;
    // Whoever has just said something wants to see it.
    if (lastSaid(this.messages) === lastSaid(changed.get("messages") ?? [])) return;
    this.following = true;
    this.#heldUntil_ms = performance.now() + SCROLL_UNDER_WAY_MS;
  }

  protected override updated(): void {
    if (this.#growth === null) {
      this.#growth = new ResizeObserver(() => this.#keepUp());
      this.#growth.observe(this.turns);
      this.#growth.observe(this.log);
    }
    // The messages draw themselves after the list, in their order: before that, the end is not where it will be.
    void this.newest?.updateComplete.then(() => this.#keepUp());
  }

  #keepUp(): void {
    if (!this.following) return;
    this.log.scrollTop = this.log.scrollHeight;
    this.#scrollTop = this.log.scrollTop;
  }

  #scrolled(): void {
    if (performance.now() < this.#heldUntil_ms) {
      this.#keepUp();
      return;
    }
    const { scrollTop, scrollHeight, clientHeight } = this.log;
    const nearEnd = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    // Only the reader scrolls upwards. Otherwise the end is far because text came in since.
    if (nearEnd) this.following = true;
    else if (scrollTop < this.#scrollTop) this.following = false;
    this.#scrollTop = scrollTop;
  }

  #toEnd(): void {
    this.following = true;
    this.log.focus();
  }

  protected override render(): TemplateResult {
    const shown = this.awaitingReply ? [...this.messages, expected] : this.messages;
    const newest = shown.at(-1);
    return html`
      <div
        class="log"
        role="log"
        aria-live="polite"
        aria-relevant="additions"
        aria-label="Conversation"
        tabindex="0"
        @scroll=${this.#scrolled}
      >
        <div class="turns">
          ${shown.length === 0 && this.greeting !== "" ? html`<p class="greeting">${this.greeting}</p>` : nothing}
          ${shown.length === 0 && this.suggestions.length > 0 ? this.#suggested() : nothing}
          ${repeat(
            shown,
            (message) => message.key,
            (message) => html`<support-chat-message
              data-testid="message"
              data-role=${message.role}
              data-message-id=${message.id ?? nothing}
              .message=${message}
              .rate=${this.rate}
              .pick=${message === newest ? this.ask : null}
            ></support-chat-message>`,
          )}
        </div>
      </div>
      ${this.following
        ? nothing
        : html`<button
            class="icon-button to-end"
            data-testid="jump-to-latest"
            aria-label="Go to the latest message"
            title="Go to the latest message"
            @click=${this.#toEnd}
          >
            ${downIcon}
          </button>`}
    `;
  }

  #suggested(): TemplateResult {
    return html`<div class="suggestions" data-testid="suggestions">
      ${this.suggestions.map(
        (question) => html`<button class="suggestion" @click=${() => this.ask(question)}>${question}</button>`,
      )}
    </div>`;
  }

  static override styles = [
    basics,
    css`
      :host {
        position: relative;
        display: block;
        flex: 1;
        min-height: 0;
      }
      .log {
        height: 100%;
        overflow-y: auto;
        overscroll-behavior: contain;
        padding: 16px;
      }
      .log:focus-visible {
        outline-offset: -3px;
      }
      .turns {
        display: flex;
        flex-direction: column;
        gap: 12px;
      }
      .greeting {
        margin: 0;
        max-width: 88%;
        padding: 9px 14px;
        border-radius: var(--_radius);
        border-bottom-left-radius: 4px;
        background: var(--_raised);
      }
      .suggestions {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
      .suggestion {
        padding: 7px 12px;
        border: 1px solid var(--_line);
        border-radius: var(--_radius);
        text-align: start;
        cursor: pointer;
      }
      .suggestion:hover {
        background: var(--_raised);
      }
      .to-end {
        position: absolute;
        right: 50%;
        bottom: 10px;
        transform: translateX(50%);
        border: 1px solid var(--_line);
        background: var(--_surface);
        box-shadow: 0 2px 8px rgb(0 0 0 / 0.18);
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    "support-chat-messages": SupportChatMessages;
  }
}
