/** Lengths are bounded so that a long word is not searched again from each of its letters. */
const LINKABLE = new RegExp(
  [
    String.raw`(?<web>https?:\/\/[^\s<>"]+)`,
    String.raw`(?<mail>\w[\w.+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}(?![\w@]|-\w))`,
    String.raw`(?<phone>(?:\+\d{1,3}[ \u00a0-]?)?\(\d{3}\)[ \u00a0]?\d{3}-\d{4}(?!\w|-\d))`,
  ].join("|"),
  "g",
);
/** Punctuation at the end of an address is the sentence's; a bracket too, unless it was opened inside. */
const SENTENCE_END = /[.,;:!?'’”)\]}]+$/;
/** What goes on before the match makes the match a part of something else. */
const GOES_ON = /[\p{L}\p{N}%@]$/u;

interface Link {
  readonly shown: string;
  readonly href: string;
  /** Leads to another page, and not to a telephone or a mail program. */
  readonly elsewhere: boolean;
}

/**
 * Plain text as nodes, with http and https addresses, e-mail addresses and telephone numbers as links.
 * Nothing in it is ever read as HTML.
 */
export function linkify(text: string): Node[] {
  const nodes: Node[] = [];
  let done = 0;
  for (const match of text.matchAll(LINKABLE)) {
    const { web, mail, phone } = match.groups ?? {};
    const within = GOES_ON.test(text.slice(done, match.index));
    let link: Link | null = null;
    if (web !== undefined) link = webLink(trimmed(web));
    else if (within) continue;
    else if (mail !== undefined) link = { shown: mail, href: `mailto:${mail}`, elsewhere: false };
    else if (phone !== undefined) link = { shown: phone, href: telephone(phone), elsewhere: false };
    if (link === null) continue;
    if (match.index > done) nodes.push(document.createTextNode(text.slice(done, match.index)));
    nodes.push(anchor(link));
    done = match.index + link.shown.length;
  }
  if (done < text.length) nodes.push(document.createTextNode(text.slice(done)));
  return nodes;
}

function trimmed(address: string): string {
  const end = SENTENCE_END.exec(address)?.[0] ?? "";
  const bare = address.slice(0, address.length - end.length);
  return end.startsWith(")") && bare.includes("(") ? `${bare})` : bare;
}

function webLink(address: string): Link | null {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return null;
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") return null;
  return { shown: address, href: url.href, elsewhere: true };
}

/** A number in brackets without a country is a North American one. */
function telephone(number: string): string {
  const digits = number.replace(/\D/g, "");
  return number.startsWith("+") ? `tel:+${digits}` : `tel:+1${digits}`;
}

function anchor({ shown, href, elsewhere }: Link): HTMLAnchorElement {
  const link = document.createElement("a");
  link.href = href;
  if (elsewhere) {
    link.target = "_blank";
    link.rel = "noopener noreferrer nofollow";
  }
  link.textContent = shown;
  return link;
}
