// Leave to take photos where there is no network. The phone makes a secret and tells its digest; the server gives a few
// tickets for each planned visit that is about a row; each is used for one photo, and told with the secret later.
import { post } from "./_field_sending.js";
import { digest, heldTickets, keepTickets, ticketsInUse } from "./_field_store.js";

const random = () => [...crypto.getRandomValues(new Uint8Array(32))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

// Asks for what is lacking; without a network, or where none are given, what is held stays.
export async function fetchTickets(address, standing) {
  const visits = standing.plans.filter((plan) => plan.row).map((plan) => plan.uuid);
  if (!visits.length) return;
  const held = await heldTickets();
  const mine = held?.person === standing.person ? held : { person: standing.person, secret: random(), visits: {} };
  const device = await digest(new TextEncoder().encode(mine.secret));
  if (held !== mine) await keepTickets(mine);
  const told = await post(address, JSON.stringify({ visits, device }), { "Content-Type": "application/json" });
  if (told.tickets) await keepTickets({ ...mine, visits: told.tickets });
}

// A ticket for a photo of this visit that no other photo has, or "".
export async function nextTicket(visit, person) {
  const held = visit ? await heldTickets() : null;
  if (held?.person !== person) return "";
  const used = await ticketsInUse();
  const found = (held.visits[visit] ?? []).find((ticket) => !used.has(ticket.id) && Date.parse(ticket.until) > Date.now());
  return found?.id ?? "";
}

export const secretOf = async (person) => {
  const held = await heldTickets();
  return held?.person === person ? held.secret : "";
};
