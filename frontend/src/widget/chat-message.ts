import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { keyed } from "lit/directives/keyed.js";
import type { ChatMessage, FinishReason, Rating } from "../client/conversation.ts";
import { thumbIcon } from "./icons.ts";
import { linkify } from "./linkify.ts";
import type { ShownSource } from "../protocol.gen.ts";
import { basics } from "./theme.ts";

const SPEAKERS: Record<ChatMessage["role"], string> = {
  user: "You",
  assistant: "Assistant",
  agent: "Support team",
  system: "Notice",
};

function ending(reason: FinishReason | null, hasText: boolean): string | null {
  switch (reason) {
    case "cancelled":
      return hasText ? "This answer was stopped." : "This answer was stopped before it began.";
    case "error":
      return hasText
        ? "Something went wrong, so this answer is incomplete."
        : "Something went wrong, so there is no answer.";
    case "handoff":
      return "This question needs a person from our team.";
    case "length":
      return "This answer was cut off because it became too long.";
    case "stop":
    case null:
      return null;
  }
}

/** One turn: its text, how it ended, the passages that it rests on, and the thumbs. */
@customElement("support-chat-message")
export class SupportChatMessage extends LitElement {
  @property({ attribute: false }) message!: ChatMessage;
  @property({ attribute: false }) rate: (messageId: string, rating: Rating) => void = () => {};
  /** Says what a choice of an offer says; null where the conversation has gone on. */
  @property({ attribute: false }) pick: ((label: string) => void) | null = null;
  @query(".text") private text!: HTMLElement | null;

  protected override render(): TemplateResult {
    const { role, text, streaming, finishReason, pending, failed } = this.message;
    const words = ending(finishReason, text !== "");
    return html`
      <div class="turn ${role} ${pending ? "pending" : ""} ${failed === null ? "" : "failed"}">
        <span class="unseen">${SPEAKERS[role]}:</span>
        ${streaming && text === "" ? typingDots : nothing}
        ${text === "" ? nothing : keyed(streaming, this.#bubble(streaming))}
        ${words === null ? nothing : html`<p class="ending ${finishReason}" data-testid="ending">${words}</p>`}
        ${this.message.choices.length > 0 ? this.#choices() : nothing} ${pending ? html`<p class="delivery" aria-live="off">Sending…</p>` : nothing}
        ${failed === null ? nothing : html`<p class="delivery">Not sent</p>`}
        ${role === "assistant" && !streaming ? this.#afterwards() : nothing}
      </div>
    `;
  }

  /** Hidden from screen readers while it grows: the log then announces the finished text, once and whole. */
  #bubble(streaming: boolean): TemplateResult {
    return streaming ? html`<p class="text" aria-hidden="true"></p>` : html`<p class="text"></p>`;
  }

  /** The text's nodes are ours and not Lit's, so that a piece of a reply costs one append. */
  protected override updated(changed: PropertyValues): void {
    if (!changed.has("message") || this.text === null) return;
    const { text, streaming } = this.message;
    const shown = this.text.firstChild;
    if (!streaming) {
      this.text.replaceChildren(...linkify(text));
    } else if (shown instanceof Text && text.startsWith(shown.data)) {
      shown.appendData(text.slice(shown.length));
    } else {
      this.text.textContent = text;
    }
  }

  /** Not part of what the log announces: the answer is, its controls are not. */
  #afterwards(): TemplateResult {
    const { sources, text } = this.message;
    return html`<div class="afterwards" aria-live="off">
      ${sources.length > 0 ? this.#sources(sources) : nothing} ${text === "" ? nothing : this.#thumbs()}
    </div>`;
  }

  #choices(): TemplateResult {
    const { pick } = this;
    return html`<ul class="choices" data-testid="choices" aria-label="Is it one of these?">
      ${this.message.choices.map(
        ({ label }) =>
          html`<li><button ?disabled=${pick === null} @click=${() => pick?.(label)}>${label}</button></li>`,
      )}
    </ul>`;
  }

  #sources(sources: readonly ShownSource[]): TemplateResult {
    const titles = [...new Set(sources.map((source) => source.title))];
    const more = titles.length > 1 ? ` and ${titles.length - 1} more` : "";
    return html`<details data-testid="sources">
      <summary>From our help centre: <cite>${titles[0]}</cite>${more}</summary>
      ${sources.map(
        ({ title, heading, text }) => html`<section class="passage">
          <h3>${heading === "" ? title : titles.length > 1 ? `${title}: ${heading}` : heading}</h3>
          <p>${text}</p>
        </section>`,
      )}
    </details>`;
  }

  #thumbs(): TemplateResult {
    const thumb = (rating: Rating, label: string): TemplateResult => html`<button
      class="icon-button ${rating}"
      data-testid="thumb-${rating}"
      aria-label=${label}
      title=${label}
      aria-pressed=${this.message.rating === rating}
      @click=${() => this.message.id !== null && this.rate(this.message.id, rating)}
    >
      ${thumbIcon}
    </button>`;
    return html`<div class="thumbs" role="group" aria-label="Was this answer helpful?">
      ${thumb("up", "Helpful")} ${thumb("down", "Not helpful")}
    </div>`;
  }

  static override styles = [
    basics,
    css`
      :host {
        display: block;
      }
      .turn {
        display: flex;
        flex-direction: column;
        align-items: flex-start;
      }
      .user {
        align-items: flex-end;
      }
      p {
        margin: 0;
      }
      .text {
        max-width: 88%;
        padding: 9px 14px;
        border-radius: var(--_radius);
        border-bottom-left-radius: 4px;
        background: var(--_raised);
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
      .user .text {
        border-bottom-left-radius: var(--_radius);
        border-bottom-right-radius: 4px;
        background: var(--_accent);
        color: var(--_on-accent);
      }
      .system .text {
        align-self: center;
        background: none;
        color: var(--_muted);
        text-align: center;
      }
      .agent .text {
        border: 1px solid var(--_accent);
      }
      .text a {
        color: inherit;
      }
      .ending,
      .delivery {
        margin-top: 4px;
        font-size: 13px;
        color: var(--_muted);
      }
      .ending.error,
      .failed .delivery {
        color: var(--_alert);
      }
      .failed .text {
        outline: 1px dashed var(--_alert);
        outline-offset: 2px;
      }
      /* Most messages are acknowledged before anybody could read the word. */
      .pending .delivery {
        animation: appear 200ms 800ms backwards;
      }
      .dots {
        display: flex;
        gap: 5px;
        padding: 15px 14px;
        border-radius: var(--_radius);
        border-bottom-left-radius: 4px;
        background: var(--_raised);
      }
      .dots i {
        width: 7px;
        height: 7px;
        border-radius: 50%;
        background: var(--_muted);
        animation: breathe 1.2s infinite ease-in-out;
      }
      .dots i:nth-of-type(2) {
        animation-delay: 150ms;
      }
      .dots i:nth-of-type(3) {
        animation-delay: 300ms;
      }
      @keyframes breathe {
        0%,
        60%,
        100% {
          opacity: 0.35;
        }
        30% {
          opacity: 1;
        }
      }
      @keyframes appear {
        from {
          opacity: 0;
        }
      }
      .afterwards {
        display: flex;
        flex-wrap: wrap;
        align-items: flex-start;
        gap: 0 8px;
        width: 100%;
        margin-top: 4px;
        font-size: 13px;
      }
      .choices {
        display: flex;
        flex-direction: column;
        align-items: flex-start;
        gap: 6px;
        max-width: 88%;
        margin: 6px 0 0;
        padding: 0;
        list-style: none;
      }
      .choices button {
        padding: 7px 12px;
        border: 1px solid var(--_accent);
        border-radius: var(--_radius);
        text-align: start;
        overflow-wrap: anywhere;
        cursor: pointer;
      }
      .choices button:hover:enabled {
        background: var(--_raised);
      }
      .choices button:disabled {
        border-color: var(--_line);
        color: var(--_muted);
        cursor: default;
      }
      details {
        flex: 1 1 180px;
        min-width: 0;
      }
      details[open] {
        flex-basis: 100%;
      }
      summary {
        padding: 6px 2px;
        color: var(--_muted);
        cursor: pointer;
        overflow-wrap: anywhere;
      }
      cite {
        color: var(--_text);
      }
      .passage {
        margin: 2px 0 8px;
        padding: 2px 0 2px 12px;
        border-left: 3px solid var(--_line);
      }
      .passage h3 {
        margin: 0 0 2px;
        font-size: 13px;
      }
      .passage p {
        white-space: pre-line;
        overflow-wrap: anywhere;
      }
      .thumbs {
        display: flex;
        margin-left: -6px;
      }
      .thumbs button {
        width: 32px;
        height: 32px;
        color: var(--_muted);
      }
      .thumbs button:hover {
        color: var(--_text);
      }
      .thumbs button[aria-pressed="true"] {
        color: var(--_accent);
        background: var(--_raised);
      }
      .thumbs button[aria-pressed="true"] svg {
        fill: currentColor;
        fill-opacity: 0.25;
      }
      .thumbs svg {
        width: 17px;
        height: 17px;
      }
      .down svg {
        transform: rotate(180deg);
      }
    `,
  ];
}

export const typingDots = html`<div class="dots" data-testid="typing">
  <i></i><i></i><i></i><span class="unseen">An answer is being written.</span>
</div>`;

declare global {
  interface HTMLElementTagNameMap {
    "support-chat-message": SupportChatMessage;
  }
}
