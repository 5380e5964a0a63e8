/** What `GET /shop.json` says of the served shop; addresses are as a browser opens them. */
export interface Shop {
  name: string;
  language: string;
  heading: string;
  greeting: string;
  disclosure: string;
  privacy: string | null;
  suggested_questions: string[];
  colour: string | null;
  logo: string | null;
}

/** The shop of a server; null where the server does not say, and its clients then keep their own words. */
export async function fetchShop(address: string): Promise<Shop | null> {
  try {
    const response = await fetch(address);
    if (!response.ok) return null;
    const shop = (await response.json()) as Shop;
    return { ...shop, logo: shop.logo === null ? null : new URL(shop.logo, address).href };
  } catch {
    return null;
  }
}

/** `/shop.json` beside a chat socket. */
export function shopAddress(socket: string): string {
  return socket.replace(/^ws/, "http").replace(/[^/]*$/, "shop.json");
}
