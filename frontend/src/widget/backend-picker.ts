import { css, html, LitElement, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { BACKENDS } from "../backends.gen.ts";
import type { BackendChoice } from "../client/chat-state.ts";
import { basics } from "./theme.ts";

const CHOICES: readonly { backend: BackendChoice; label: string }[] = [{ backend: "auto", label: "Auto" }, ...BACKENDS];

export function isBackend(value: string): value is BackendChoice {
  return CHOICES.some((choice) => choice.backend === value);
}

/** Chooses who answers. A conversation keeps its backend, so another choice means another conversation. */
@customElement("support-chat-picker")
export class SupportChatPicker extends LitElement {
  @property() backend: BackendChoice = "auto";
  /** Something was said already, so a change is confirmed first. */
  @property({ type: Boolean }) started = false;
  @property({ attribute: false }) choose: (backend: BackendChoice) => void = () => {};
  @state() private proposed: BackendChoice | null = null;
  @query("select") private select!: HTMLSelectElement;

  /** True when there was a question to take back. */
  dismiss(): boolean {
    if (this.proposed === null) return false;
    this.proposed = null;
    this.select.focus();
    return true;
  }

  #changed(): void {
    const chosen = this.select.value;
    if (!isBackend(chosen)) return;
    if (this.started) this.proposed = chosen === this.backend ? null : chosen;
    else this.choose(chosen);
  }

  #confirm(): void {
    const chosen = this.proposed;
    this.proposed = null;
    if (chosen !== null) this.choose(chosen);
  }

  protected override render(): TemplateResult {
    const shown = this.proposed ?? this.backend;
    return html`
      <label>
        <span>Answered by</span>
        <select data-testid="backend-picker" .value=${shown} @change=${this.#changed}>
          ${CHOICES.map(
            ({ backend, label }) => html`<option value=${backend} .selected=${backend === shown}>${label}</option>`,
          )}
        </select>
      </label>
      <div class="question" role="status">
        ${this.proposed === null
          ? ""
          : html`<p>This starts a new conversation and clears this one.</p>
              <button class="text-button" data-testid="confirm-change" @click=${this.#confirm}>Start new</button>
              <button class="text-button" data-testid="keep-conversation" @click=${this.dismiss}>Keep this one</button>`}
      </div>
    `;
  }

  static override styles = [
    basics,
    css`
      :host {
        display: block;
        padding: 6px 16px;
        border-bottom: 1px solid var(--_line);
        font-size: 14px;
      }
      label {
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: 12px;
        color: var(--_muted);
      }
      select {
        min-height: 32px;
        padding: 2px 6px;
        border: 1px solid var(--_line);
        border-radius: 8px;
        background: var(--_surface);
        color: var(--_text);
      }
      .question:not(:empty) {
        display: flex;
        flex-wrap: wrap;
        gap: 6px;
      }
      p {
        flex: 1 0 100%;
        margin: 6px 0 0;
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    "support-chat-picker": SupportChatPicker;
  }
}
