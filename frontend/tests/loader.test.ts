// @vitest-environment happy-dom
import { beforeEach, expect, test } from "vitest";

let turn = 0;

/** Runs the loader as the browser would run that script tag. */
async function run(attributes: Record<string, string>): Promise<void> {
  const script = document.createElement("script");
  for (const [name, value] of Object.entries(attributes)) script.setAttribute(name, value);
  Object.defineProperty(document, "currentScript", { value: script, configurable: true });
  turn += 1;
  await import(/* @vite-ignore */ `../src/loader.ts?turn=${turn}`);
}

beforeEach(() => {
  document.head.replaceChildren();
  document.body.replaceChildren();
});

test("the loader adds the element with its data attributes and the widget from beside itself", async () => {
  await run({
    src: "https://bot.example/loader.js",
    "data-backend": "prompted",
    "data-heading": "Help",
    "data-picker": "",
    "data-onclick": "alert(1)",
  });
  const chat = document.querySelector("support-chat");
  expect(Object.fromEntries([...(chat?.attributes ?? [])].map(({ name, value }) => [name, value]))).toEqual({
    backend: "prompted",
    heading: "Help",
    picker: "",
  });
  const widget = document.head.querySelector("script");
  expect(widget?.src).toBe("https://bot.example/widget.js");
  expect(widget?.type).toBe("module");
});

test("a page that brings the loader twice has one chat", async () => {
  await run({ src: "https://bot.example/loader.js" });
  await run({ src: "https://bot.example/loader.js" });
  expect(document.querySelectorAll("support-chat")).toHaveLength(1);
});
