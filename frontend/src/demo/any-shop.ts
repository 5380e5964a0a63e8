import type { SupportChat } from "../widget/support-chat.ts";
import "./demo.ts";

/** The page says what the served shop's profile says. */
async function fill(): Promise<void> {
  await customElements.whenDefined("support-chat");
  const shop = await document.querySelector<SupportChat>("support-chat")?.shopKnown;
  if (!shop) return;
  document.documentElement.lang = shop.language;
  document.title = shop.name;
  element("name").textContent = shop.name;
  element("greeting").textContent = shop.greeting;
  if (shop.logo !== null) {
    const logo = element("logo") as HTMLImageElement;
    logo.src = shop.logo;
    logo.hidden = false;
  }
  element("questions").replaceChildren(...shop.suggested_questions.map(question));
}

function question(text: string): HTMLLIElement {
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.textContent = text;
  button.dataset["question"] = text;
  item.append(button);
  return item;
}

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}

void fill();
