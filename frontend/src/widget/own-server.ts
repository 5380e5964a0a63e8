/// <reference types="vite/client" />

/** The WebSocket beside the built script; in development, where every module has its own address, at the root. */
export function ownServer(): string {
  const script = import.meta.url;
  return new URL(import.meta.env.DEV ? "/ws" : "ws", script).href.replace(/^http/, "ws");
}
