import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { ActiveRun } from "../client/conversation.ts";
import { codePoints } from "../client/conversation.ts";
import { sendIcon, stopIcon } from "./icons.ts";
import { basics } from "./theme.ts";

/** The counter shows up when less than this share of the limit is left. */
const COUNTER_SHARE = 0.1;
/** What browsers without `isComposing` in keydown send while an input method is open. */
const IME_KEY_CODE = 229;

/** Where the customer writes. */
@customElement("support-chat-composer")
export class SupportChatComposer extends LitElement {
  /** A reply is due: one may write, but not send. */
  @property({ type: Boolean }) busy = false;
  @property({ attribute: false }) activeRun: ActiveRun | null = null;
  /** Longest message in code points; null as long as the server has not said. */
  @property({ type: Number }) limit: number | null = null;
  @property({ attribute: false }) send: (text: string) => void = () => {};
  @property({ attribute: false }) stop: () => void = () => {};
  @state() private draft = "";
  @query("textarea") private textarea!: HTMLTextAreaElement;

  override focus(): void {
    this.textarea.focus();
  }

  /** Code points that may still be written; spaces around the text are not sent, so they do not count. */
  get #left(): number | null {
    return this.limit === null ? null : this.limit - codePoints(this.draft.trim());
  }

  get #sendable(): boolean {
    return !this.busy && this.draft.trim() !== "" && (this.#left ?? 0) >= 0;
  }

  #typed(): void {
    this.draft = this.textarea.value;
  }

  #pressed(event: KeyboardEvent): void {
    if (event.key !== "Enter" || event.shiftKey) return;
    // This Enter chooses a word in the input method.
    if (event.isComposing || event.keyCode === IME_KEY_CODE) return;
    event.preventDefault();
    this.#submit();
  }

  #submit(): void {
    if (!this.#sendable) return;
    const text = this.draft.trim();
    this.draft = "";
    this.textarea.focus();
    this.send(text);
  }

  #stopped(): void {
    this.textarea.focus();
    this.stop();
  }

  protected override updated(changed: PropertyValues): void {
    if (!changed.has("draft")) return;
    this.textarea.style.height = "auto";
    this.textarea.style.height = `${this.textarea.scrollHeight}px`;
  }

  protected override render(): TemplateResult {
    const left = this.#left;
    const counting = left !== null && this.limit !== null && left < this.limit * COUNTER_SHARE;
    const over = left !== null && left < 0;
    return html`
      <form @submit=${(event: Event) => event.preventDefault()}>
        <textarea
          data-testid="composer"
          aria-label="Your message"
          placeholder="Write a message"
          rows="1"
          enterkeyhint="send"
          aria-invalid=${over}
          aria-describedby="counter"
          .value=${this.draft}
          @input=${this.#typed}
          @keydown=${this.#pressed}
        ></textarea>
        ${this.activeRun === null
          ? html`<button
              type="button"
              class="icon-button"
              data-testid="send"
              aria-label="Send"
              title="Send"
              ?disabled=${!this.#sendable}
              @click=${this.#submit}
            >
              ${sendIcon}
            </button>`
          : html`<button
              type="button"
              class="icon-button"
              data-testid="stop"
              aria-label="Stop this answer"
              title="Stop this answer"
              ?disabled=${this.activeRun.cancelling}
              @click=${this.#stopped}
            >
              ${stopIcon}
            </button>`}
      </form>
      <p id="counter" class=${over ? "over" : ""} role="status" data-testid="counter" ?hidden=${!counting}>
        ${counting ? `${characters(Math.abs(left))} ${over ? "too many" : "left"}` : nothing}
      </p>
    `;
  }

  static override styles = [
    basics,
    css`
      :host {
        display: block;
      }
      form {
        display: flex;
        align-items: flex-end;
        gap: 6px;
        padding: 3px;
        border: 1px solid var(--_muted);
        border-radius: 24px;
      }
      form:focus-within {
        border-color: var(--_accent);
        box-shadow: 0 0 0 1px var(--_accent);
      }
      textarea {
        flex: 1;
        min-width: 0;
        max-height: 132px;
        margin: 0;
        border: 0;
        padding: 9px 4px 9px 14px;
        background: none;
        line-height: 22px;
        resize: none;
      }
      textarea:focus {
        outline: none;
      }
      textarea::placeholder {
        color: var(--_muted);
        opacity: 1;
      }
      button {
        flex: none;
        background: var(--_accent);
        color: var(--_on-accent);
      }
      button:disabled {
        background: var(--_raised);
        color: var(--_muted);
      }
      p {
        margin: 4px 14px 0;
        font-size: 13px;
        color: var(--_muted);
        text-align: right;
      }
      .over {
        color: var(--_alert);
        font-weight: 600;
      }
    `,
  ];
}

function characters(count: number): string {
  return count === 1 ? "1 character" : `${count} characters`;
}

declare global {
  interface HTMLElementTagNameMap {
    "support-chat-composer": SupportChatComposer;
  }
}
