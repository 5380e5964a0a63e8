import type { SupportChat } from "../widget/support-chat.ts";

/** Every element with a `data-question` opens the chat and asks it. */
document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element)) return;
  const question = event.target.closest<HTMLElement>("[data-question]")?.dataset["question"];
  if (question !== undefined) void ask(question);
});

/** The widget is loaded by its own script, which may still be under way. */
async function ask(question: string): Promise<void> {
  await customElements.whenDefined("support-chat");
  document.querySelector<SupportChat>("support-chat")?.ask(question);
}
