export { ChatSocket } from "./chat-socket.ts";
export type { ChatSocketOptions } from "./chat-socket.ts";
export type { ChatState } from "./chat-state.ts";
export { SupportChat } from "./support-chat.ts";
