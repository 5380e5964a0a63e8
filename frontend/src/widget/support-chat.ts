import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { isBackend, type SupportChatPicker } from "./backend-picker.ts";
import { ChatSocket } from "../client/chat-socket.ts";
import { fetchShop, shopAddress, type Shop } from "../client/shop.ts";
import { replyIsDue, type BackendChoice, type ChatState } from "../client/chat-state.ts";
import "./composer.ts";
import type { SupportChatComposer } from "./composer.ts";
import { chatIcon, closeIcon, newIcon } from "./icons.ts";
import "./message-list.ts";
import { noticeFor } from "./notice.ts";
import { ownServer } from "./own-server.ts";
import { panelStyles } from "./panel-styles.ts";
import { basics, theme } from "./theme.ts";

const CONNECTION_WORDS: Record<ChatState["connection"], string> = {
  connecting: "Connecting…",
  open: "Online",
  reconnecting: "Reconnecting…",
  closed: "Not connected",
};
/** Below this the panel takes the whole screen; panel-styles.ts says the same. */
const SMALL_SCREEN = "(max-width: 480px)";

/**
 * A launcher in the corner of the page and the chat that it opens.
 *
 * `<support-chat server="wss://bot.example/ws" backend="auto" heading="Help" greeting="…" picker></support-chat>`
 */
@customElement("support-chat")
export class SupportChat extends LitElement {
  /** Default: `ws` beside the script that the chat was loaded from. */
  @property() server: string | null = null;
  @property() backend = "auto";
  /** Default: the served shop's, as its greeting. */
  @property() heading: string | null = null;
  @property() greeting: string | null = null;
  /** Asked of the server, unless the page brings its own or its own chat. */
  @property({ attribute: false }) shop: Shop | null = null;
  /** The shop, when the server has answered; null where it could not. */
  shopKnown: Promise<Shop | null> = Promise.resolve(null);
  /** Whether the customer may choose who answers. */
  @property({ type: Boolean }) picker = false;
  /** Made on first use from `server` and `backend`, unless the page brings its own. */
  @property({ attribute: false }) chat: ChatSocket | null = null;

  @state() private opened = false;
  @state() private unread = false;
  @state() private online = navigator.onLine;
  @state() private small = false;
  @query(".launcher") private launcher!: HTMLButtonElement;
  @query("support-chat-composer") private composer!: SupportChatComposer | null;
  @query("support-chat-picker") private backendPicker!: SupportChatPicker | null;
  @query("[data-testid=new-conversation]") private firstControl!: HTMLElement | null;
  #left: AbortController | null = null;
  #everOpened = false;

  /** Opens the panel and puts the cursor where one writes. */
  open(): void {
    this.opened = true;
    this.unread = false;
    this.#everOpened = true;
    this.#ownChat().connect();
    void this.updateComplete.then(() => this.composer?.focus());
  }

  /** Closes the panel; the conversation stays. */
  close(): void {
    if (!this.opened) return;
    this.opened = false;
    void this.updateComplete.then(() => this.launcher.focus());
  }

  /** Opens the panel and asks, as if the customer had written it. */
  ask(text: string): void {
    if (text.trim() === "") return;
    this.open();
    this.#ownChat().send(text.trim());
  }

  /** Leaves the conversation for an empty one, answered by the same backend unless another is named. */
  newConversation(backend?: BackendChoice): void {
    this.#ownChat().newConversation(backend);
    this.composer?.focus();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#left = new AbortController();
    const { signal } = this.#left;
    const screen = matchMedia(SMALL_SCREEN);
    this.small = screen.matches;
    screen.addEventListener("change", () => (this.small = screen.matches), { signal });
    addEventListener("offline", () => (this.online = false), { signal });
    addEventListener("online", () => this.#backOnline(), { signal });
    if (this.#everOpened) this.chat?.connect();
    if (this.shop === null && this.chat === null) this.shopKnown = this.#askForShop();
  }

  async #askForShop(): Promise<Shop | null> {
    this.shop = await fetchShop(shopAddress(this.server ?? ownServer()));
    const accent = "--support-chat-accent";
    // The page's own colours stay.
    if (this.shop?.colour && getComputedStyle(this).getPropertyValue(accent) === "") {
      this.style.setProperty(accent, this.shop.colour);
    }
    return this.shop;
  }

  get #heading(): string {
    return this.heading ?? this.shop?.heading ?? "Support";
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#left?.abort();
    this.chat?.close();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("chat")) return;
    changed.get("chat")?.removeEventListener("change", this.#chatChanged);
    this.chat?.addEventListener("change", this.#chatChanged);
  }

  /** The network is back, and waiting out the delay would only annoy. */
  #backOnline(): void {
    this.online = true;
    if (this.chat?.state.connection === "reconnecting") this.chat.connect();
  }

  #ownChat(): ChatSocket {
    this.chat ??= new ChatSocket({
      url: this.server ?? ownServer(),
      backend: isBackend(this.backend) ? this.backend : "auto",
    });
    return this.chat;
  }

  readonly #chatChanged = (): void => {
    const last = this.chat?.state.messages.at(-1);
    if (!this.opened && last?.role !== "user" && last?.streaming === false) this.unread = true;
    this.requestUpdate();
  };

  readonly #send = (text: string): void => this.chat?.send(text);
  readonly #stop = (): void => this.chat?.cancel();
  readonly #rate: ChatSocket["rate"] = (messageId, rating) => this.chat?.rate(messageId, rating);
  readonly #choose = (backend: BackendChoice): void => this.newConversation(backend);

  #pressed(event: KeyboardEvent): void {
    if (event.key !== "Escape" || event.isComposing) return;
    event.stopPropagation();
    if (!this.backendPicker?.dismiss()) this.close();
  }

  protected override render(): TemplateResult {
    const label = this.opened ? "Close the chat" : `Open the chat: ${this.#heading}`;
    return html`
      ${this.#everOpened && this.chat !== null ? this.#panel(this.chat.state) : nothing}
      <button
        class="launcher"
        data-testid="launcher"
        aria-expanded=${this.opened}
        aria-label=${this.unread ? `${label} (new answer)` : label}
        ?hidden=${this.opened && this.small}
        @click=${() => (this.opened ? this.close() : this.open())}
      >
        ${this.opened ? closeIcon : chatIcon} ${this.unread ? html`<span class="unread"></span>` : nothing}
      </button>
    `;
  }

  #panel(chat: ChatState): TemplateResult {
    return html`<section
      class="panel"
      role="dialog"
      aria-modal=${this.small}
      aria-label=${this.#heading}
      data-testid="panel"
      data-connection=${chat.connection}
      ?hidden=${!this.opened}
      @keydown=${this.#pressed}
    >
      ${this.#turnBack(() => this.composer?.focus())}
      <div class="bar">
        <div class="title">
          <h2>${this.#heading}</h2>
          <p class="connection ${chat.connection}">${CONNECTION_WORDS[chat.connection]}</p>
        </div>
        <button
          class="icon-button"
          data-testid="new-conversation"
          aria-label="New conversation"
          title="New conversation"
          @click=${() => this.newConversation()}
        >
          ${newIcon}
        </button>
        <button class="icon-button" data-testid="close" aria-label="Close the chat" title="Close" @click=${this.close}>
          ${closeIcon}
        </button>
      </div>
      ${this.picker
        ? html`<support-chat-picker
            .backend=${chat.backend}
            .started=${chat.messages.length > 0}
            .choose=${this.#choose}
          ></support-chat-picker>`
        : nothing}
      <support-chat-messages
        .messages=${chat.messages}
        .awaitingReply=${chat.awaitingReply}
        .greeting=${this.greeting ?? this.shop?.greeting ?? "Hello! What can we help you with?"}
        .suggestions=${this.shop?.suggested_questions ?? []}
        .ask=${this.#send}
        .rate=${this.#rate}
      ></support-chat-messages>
      ${this.#notice(chat)}
      <div class="foot">
        <support-chat-composer
          .busy=${replyIsDue(chat)}
          .activeRun=${chat.activeRun}
          .limit=${chat.limits?.max_message_chars ?? null}
          .send=${this.#send}
          .stop=${this.#stop}
        ></support-chat-composer>
        <p class="fine-print">
          ${this.shop?.disclosure ?? "Answers are written by a computer and can be wrong."}
          ${this.shop?.privacy
            ? html`<a href=${this.shop.privacy} target="_blank" rel="noopener">Privacy</a>`
            : nothing}
        </p>
      </div>
      ${this.#turnBack(() => this.firstControl?.focus())}
    </section>`;
  }

  /** Full-screen, the page behind is out of sight, so the focus must not wander off into it. */
  #turnBack(to: () => void): TemplateResult | typeof nothing {
    return this.small ? html`<span class="turn-back" tabindex="0" @focus=${to}></span>` : nothing;
  }

  #notice(chat: ChatState): TemplateResult {
    const notice = noticeFor(chat, this.online);
    const shown =
      notice === null
        ? nothing
        : html`<div class="notice ${notice.urgent ? "urgent" : "calm"}" data-testid="notice">
            <p>${notice.text}</p>
            ${notice.action === null
              ? nothing
              : html`<button class="text-button" data-testid="retry" @click=${() => this.chat?.retry()}>
                  ${notice.action}
                </button>`}
          </div>`;
    // The region stands there before its words do, or screen readers would not announce them.
    return html`<div role="status">${shown}</div>`;
  }

  static override styles = [theme, basics, panelStyles];
}

declare global {
  interface HTMLElementTagNameMap {
    "support-chat": SupportChat;
  }
}
