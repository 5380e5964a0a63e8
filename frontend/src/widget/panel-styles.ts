import { css } from "lit";

export const panelStyles = css`
  :host {
    font: 16px/1.45 var(--_font);
    color: var(--_text);
    letter-spacing: normal;
    text-align: start;
  }
  .launcher {
    position: fixed;
    right: max(20px, env(safe-area-inset-right));
    bottom: max(20px, env(safe-area-inset-bottom));
    z-index: var(--_z);
    display: grid;
    place-items: center;
    width: 60px;
    height: 60px;
    border-radius: 50%;
    background: var(--_accent);
    color: var(--_on-accent);
    box-shadow: 0 0 0 2px var(--_surface), 0 6px 24px rgb(0 0 0 / 0.28);
    transition: transform 150ms;
  }
  .launcher:hover {
    transform: scale(1.05);
  }
  .launcher:focus-visible {
    outline: 3px solid var(--_text);
    outline-offset: 3px;
  }
  .launcher svg {
    width: 28px;
    height: 28px;
  }
  .unread {
    position: absolute;
    top: 3px;
    right: 3px;
    width: 14px;
    height: 14px;
    border: 2px solid var(--_surface);
    border-radius: 50%;
    background: var(--_alert);
  }
  .panel {
    position: fixed;
    right: max(20px, env(safe-area-inset-right));
    bottom: 92px;
    z-index: var(--_z);
    display: flex;
    flex-direction: column;
    width: 400px;
    height: min(660px, calc(100dvh - 112px));
    overflow: hidden;
    border: 1px solid var(--_line);
    border-radius: var(--_radius);
    background: var(--_surface);
    box-shadow: 0 12px 48px rgb(0 0 0 / 0.28);
    animation: rise 180ms ease-out;
  }
  @keyframes rise {
    from {
      opacity: 0;
      transform: translateY(12px);
    }
  }
  .bar {
    display: flex;
    align-items: center;
    gap: 4px;
    padding: 12px 10px 12px 16px;
    background: var(--_bar);
    color: var(--_on-bar);
  }
  .bar :focus-visible {
    outline-color: var(--_on-bar);
    outline-offset: -3px;
  }
  .bar button:hover {
    background: rgb(127 127 127 / 0.3);
  }
  .title {
    flex: 1;
    min-width: 0;
  }
  h2 {
    margin: 0;
    overflow: hidden;
    font-size: 17px;
    font-weight: 650;
    line-height: 1.3;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .connection {
    margin: 0;
    font-size: 13px;
  }
  .connection::before {
    content: "";
    display: inline-block;
    width: 8px;
    height: 8px;
    margin-right: 6px;
    border: 1.5px solid currentColor;
    border-radius: 50%;
  }
  .connection.open::before {
    background: currentColor;
  }
  .notice {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: 6px 12px;
    padding: 8px 16px;
    background: var(--_raised);
    font-size: 14px;
  }
  .notice p {
    flex: 1 1 180px;
    margin: 0;
  }
  .urgent {
    background: var(--_alert-surface);
    color: var(--_alert);
  }
  .urgent button:focus-visible {
    outline-color: currentColor;
  }
  /* Many lost connections are back before anybody could read about them. */
  .calm {
    animation: appear 200ms 600ms backwards;
  }
  @keyframes appear {
    from {
      opacity: 0;
    }
  }
  .foot {
    padding: 10px 12px 8px;
    border-top: 1px solid var(--_line);
  }
  .fine-print {
    margin: 6px 0 0;
    font-size: 12px;
    color: var(--_muted);
    text-align: center;
  }
  .fine-print a {
    color: inherit;
  }
  @media (max-width: 480px) {
    .panel {
      inset: 0;
      width: auto;
      height: auto;
      border: 0;
      border-radius: 0;
      padding-bottom: env(safe-area-inset-bottom);
    }
  }
  @media print {
    :host {
      display: none;
    }
  }
`;
