// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { shopAddress, type Shop } from "../../src/client/shop.ts";
import { inside, Widget } from "./widget-driver.ts";

const nursery: Shop = {
  name: "Fern & Frond",
  language: "en",
  heading: "Ask Moss",
  greeting: "Hello from the greenhouse!",
  disclosure: "You talk to a program.",
  privacy: "https://fernfrond.example/privacy",
  suggested_questions: ["Why do leaves curl?"],
  colour: "#335533",
  logo: "shop-logo",
};

test("the profile stands beside the socket", () => {
  expect(shopAddress("wss://bot.example/ws")).toBe("https://bot.example/shop.json");
  expect(shopAddress("ws://127.0.0.1:8000/help/ws")).toBe("http://127.0.0.1:8000/help/shop.json");
});

test("the chat says what the shop's profile says, and asks what it suggests", async () => {
  const widget = new Widget();
  widget.element.shop = nursery;
  widget.element.open();
  await widget.settled();
  const panel = inside(widget.element, "[data-testid=panel]");
  expect(panel?.getAttribute("aria-label")).toBe("Ask Moss");
  expect(inside(widget.element, ".greeting")?.textContent).toBe("Hello from the greenhouse!");
  const print = inside(widget.element, ".fine-print");
  expect(print?.textContent).toContain("You talk to a program.");
  expect(inside(widget.element, ".fine-print a")?.getAttribute("href")).toBe("https://fernfrond.example/privacy");
  inside(widget.element, ".suggestion")?.click();
  await widget.settled();
  expect(widget.all("message").length).toBeGreaterThan(0);
  expect(inside(widget.element, "[data-testid=suggestions]")).toBeNull();
});

test("what the page says wins over the profile", async () => {
  const widget = new Widget();
  widget.element.shop = nursery;
  widget.element.heading = "Help";
  widget.element.greeting = "";
  widget.element.open();
  await widget.settled();
  expect(inside(widget.element, "h2")?.textContent).toBe("Help");
  expect(inside(widget.element, ".greeting")).toBeNull();
});
