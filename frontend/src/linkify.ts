const ADDRESS = /https?:\/\/[^\s<>"]+/g;
/** Punctuation at the end of an address is the sentence's; a bracket too, unless it was opened inside. */
const SENTENCE_END = /[.,;:!?'’”)\]}]+$/;

/** Plain text as nodes, with http and https addresses as links. Nothing in it is ever read as HTML. */
export function linkify(text: string): Node[] {
  const nodes: Node[] = [];
  let done = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = trimmed(match[0]);
    const link = linkTo(address);
    if (link === null) continue;
    if (match.index > done) nodes.push(document.createTextNode(text.slice(done, match.index)));
    nodes.push(link);
    done = match.index + address.length;
  }
  if (done < text.length) nodes.push(document.createTextNode(text.slice(done)));
  return nodes;
}

function trimmed(address: string): string {
  const end = SENTENCE_END.exec(address)?.[0] ?? "";
  const bare = address.slice(0, address.length - end.length);
  return end.startsWith(")") && bare.includes("(") ? `${bare})` : bare;
}

function linkTo(address: string): HTMLAnchorElement | null {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return null;
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") return null;
  const link = document.createElement("a");
  link.href = url.href;
  link.target = "_blank";
  link.rel = "noopener noreferrer nofollow";
  link.textContent = address;
  return link;
}
