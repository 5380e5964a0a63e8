import { html } from "lit";

export const chatIcon = html`<svg viewBox="0 0 24 24" aria-hidden="true">
  <path d="M4 5.5h16v11H10.5L6 20v-3.5H4z" /><path d="M8 9.5h8M8 12.5h5" />
</svg>`;

export const closeIcon = html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d="m6 6 12 12M18 6 6 18" /></svg>`;

export const downIcon = html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d="m5 9 7 7 7-7" /></svg>`;

export const newIcon = html`<svg viewBox="0 0 24 24" aria-hidden="true">
  <path d="M12 5H5v14h14v-7" /><path d="m10 14 .6-3L18.5 3.5 21 6l-7.7 7.500z" />
</svg>`;

export const sendIcon = html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 20V5M5.5 11.5 12 5l6.5 6.5" /></svg>`;

export const stopIcon = html`<svg viewBox="0 0 24 24" aria-hidden="true">
  <rect x="7" y="7" width="10" height="10" rx="1.5" fill="currentColor" />
</svg>`;

export const thumbIcon = html`<svg viewBox="0 0 24 24" aria-hidden="true">
  <path d="M7.5 20H4.500V10.500h3zM7.5 10.500l3.800-7c1.5 0 2.5 1 2.5 2.500l-.6 3.500h5.300c1 0 1.700.9 1.5 1.900l-1.200 6.800c-.2 1-1 1.800-2.100 1.800H7.5" />
</svg>`;
