// <script src="https://bot.example/loader.js" data-backend="auto" data-heading="Help" data-picker></script>
//
// Puts the chat on any page. The widget comes from the same folder as this script.

const ATTRIBUTES = ["server", "backend", "heading", "greeting", "picker"];

function addSupportChat(script: HTMLScriptElement): void {
  const widget = document.createElement("script");
  widget.type = "module";
  widget.src = new URL("widget.js", script.src).href;
  document.head.append(widget);

  const chat = document.createElement("support-chat");
  for (const name of ATTRIBUTES) {
    const value = script.getAttribute(`data-${name}`);
    if (value !== null) chat.setAttribute(name, value);
  }
  // The script may stand in the head, where there is no body yet.
  if (document.body !== null) document.body.append(chat);
  else document.addEventListener("DOMContentLoaded", () => document.body.append(chat));
}

const script = document.currentScript;
// One chat a page, however often a page's parts each bring the script.
if (script instanceof HTMLScriptElement && document.querySelector("support-chat") === null) addSupportChat(script);
