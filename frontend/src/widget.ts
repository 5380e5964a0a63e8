export { ChatSocket } from "./client/chat-socket.ts";
export type { ChatSocketOptions } from "./client/chat-socket.ts";
export type { ChatState } from "./client/chat-state.ts";
export { SupportChat } from "./widget/support-chat.ts";
