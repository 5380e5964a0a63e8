// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { linkify } from "../src/linkify.ts";

/** What a reader would see, with links in brackets. */
function read(text: string): string {
  return linkify(text)
    .map((node) => (node instanceof HTMLAnchorElement ? `[${node.textContent}]` : node.textContent))
    .join("");
}

test("an address becomes a link, and the punctuation after it stays with the sentence", () => {
  expect(read("See https://a.example/returns, or http://b.example.")).toBe(
    "See [https://a.example/returns], or [http://b.example].",
  );
  expect(read("(see https://a.example/x_(y)) now")).toBe("(see [https://a.example/x_(y)]) now");
});

test("nothing but http and https is linked", () => {
  for (const text of ["javascript:alert(1)", "data:text/html,x", "ftp://a.example", "www.a.example", "https://"]) {
    expect(linkify(text).some((node) => node instanceof HTMLAnchorElement)).toBe(false);
    expect(read(text)).toBe(text);
  }
});

test("a link opens elsewhere and tells the other site nothing", () => {
  const [link] = linkify("https://a.example/?q=<script>");
  expect(link).toBeInstanceOf(HTMLAnchorElement);
  expect((link as HTMLAnchorElement).rel).toContain("noopener");
  expect((link as HTMLAnchorElement).target).toBe("_blank");
  expect((link as HTMLAnchorElement).href).toBe("https://a.example/?q=");
});

test("text with line breaks and emoji comes through unchanged", () => {
  const text = "One ⛺\n\n<b>two</b> & three";
  expect(read(text)).toBe(text);
});
