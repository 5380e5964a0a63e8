// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { linkify } from "../../src/widget/linkify.ts";

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

test("no other scheme is linked", () => {
  for (const text of ["javascript:alert(1)", "data:text/html,x", "ftp://a.example", "www.a.example", "https://"]) {
    expect(linkify(text).some((node) => node instanceof HTMLAnchorElement)).toBe(false);
    expect(read(text)).toBe(text);
  }
});

/** Where the links in a text lead, by what they show. */
function links(text: string): Record<string, string> {
  const anchors = linkify(text).filter((node) => node instanceof HTMLAnchorElement);
  return Object.fromEntries(anchors.map((link) => [link.textContent, link.getAttribute("href") ?? ""]));
}

test("a telephone number and an e-mail address become links, in this window and without the sentence around", () => {
  const text = "Call (303) 555-0142, or +44 (303) 555-0142, or write to help@juniper-trail.example.";
  expect(links(text)).toEqual({
    "(303) 555-0142": "tel:+13035550142",
    "+44 (303) 555-0142": "tel:+443035550142",
    "help@juniper-trail.example": "mailto:help@juniper-trail.example",
  });
  expect(linkify(text).some((node) => node instanceof HTMLAnchorElement && node.target !== "")).toBe(false);
  expect(read("((303) 555-0142) <a.b+c@d.example>\n*privacy@d.example*")).toBe(
    "([(303) 555-0142]) <[a.b+c@d.example]>\n*[privacy@d.example]*",
  );
});

test("what only looks like part of a telephone number or an e-mail address is left alone", () => {
  for (const text of [
    "(303) 555-01423",
    "No. 12(303) 555-0142",
    "(303) 555-0142-7",
    "303 555 0142",
    "me@home",
    "@shop.example",
    "jürgen@shop.example",
    "a@b.example@c.example",
    `${"x".repeat(90)}@shop.example`,
  ]) {
    expect(read(text)).toBe(text);
  }
});

test("an e-mail address inside a web address belongs to that", () => {
  expect(links("https://a.example/?to=help@b.example")).toEqual({
    "https://a.example/?to=help@b.example": "https://a.example/?to=help@b.example",
  });
});

test("HTML around an e-mail address stays text", () => {
  const text = '<a href="javascript:alert(1)" x="help@a.example">(303) 555-0142</a>';
  expect(links(text)).toEqual({ "help@a.example": "mailto:help@a.example", "(303) 555-0142": "tel:+13035550142" });
  expect(linkify(text).map((node) => node.textContent).join("")).toBe(text);
  expect(linkify(text).every((node) => node instanceof Text || node.childNodes.length === 1)).toBe(true);
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
