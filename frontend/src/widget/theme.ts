import { css } from "lit";

/**
 * The widget's colours and measures. Pages set the `--support-chat-…` properties; the `--_…` ones, which
 * every part inherits, are private. Text on its background has a contrast of at least 4.5 in both schemes.
 */
export const theme = css`
  :host {
    --_accent: var(--support-chat-accent, #1d5c49);
    --_on-accent: var(--support-chat-on-accent, #ffffff);
    --_bar: var(--support-chat-bar, var(--_accent));
    --_on-bar: var(--support-chat-on-bar, var(--_on-accent));
    --_surface: var(--support-chat-surface, #ffffff);
    --_raised: var(--support-chat-raised, #f3f1ec);
    --_text: var(--support-chat-text, #22241f);
    --_muted: var(--support-chat-muted, #5d6058);
    --_line: var(--support-chat-line, #dad7ce);
    --_alert: #97321f;
    --_alert-surface: #fbe9e4;
    --_radius: var(--support-chat-radius, 16px);
    --_font: var(--support-chat-font, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif);
    --_z: var(--support-chat-z-index, 2147483000);
    color-scheme: light dark;
  }
  @media (prefers-color-scheme: dark) {
    :host {
      --_accent: var(--support-chat-accent-dark, #8ccbb0);
      --_on-accent: var(--support-chat-on-accent-dark, #10221b);
      --_bar: var(--support-chat-bar-dark, var(--_raised));
      --_on-bar: var(--support-chat-on-bar-dark, var(--_text));
      --_surface: var(--support-chat-surface-dark, #1d201d);
      --_raised: var(--support-chat-raised-dark, #2a2e2a);
      --_text: var(--support-chat-text-dark, #eceee8);
      --_muted: var(--support-chat-muted-dark, #a9ada3);
      --_line: var(--support-chat-line-dark, #3d423d);
      --_alert: #ffb4a2;
      --_alert-surface: #43241d;
    }
  }
`;

export const basics = css`
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  [hidden] {
    display: none !important;
  }
  button,
  select,
  textarea {
    font: inherit;
    color: inherit;
  }
  button {
    margin: 0;
    border: 0;
    padding: 0;
    background: none;
    cursor: pointer;
  }
  button:disabled {
    cursor: default;
  }
  :focus-visible {
    outline: 2px solid var(--_accent);
    outline-offset: 2px;
  }
  svg {
    display: block;
    width: 20px;
    height: 20px;
    fill: none;
    stroke: currentColor;
    stroke-width: 1.8;
    stroke-linecap: round;
    stroke-linejoin: round;
  }
  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .icon-button {
    display: grid;
    place-items: center;
    width: 40px;
    height: 40px;
    border-radius: 50%;
  }
  .text-button {
    min-height: 32px;
    padding: 4px 12px;
    border: 1px solid currentColor;
    border-radius: 999px;
    font-size: 14px;
    font-weight: 600;
  }
  @media (prefers-reduced-motion: reduce) {
    *,
    *::before,
    *::after {
      animation-duration: 1ms !important;
      animation-iteration-count: 1 !important;
      transition: none !important;
    }
  }
`;
