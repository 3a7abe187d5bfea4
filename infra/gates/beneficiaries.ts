import { takeOver } from "./earlier-leftovers.ts";
import { create, logIn, walkingGate } from "./visit.ts";

const BENEFICIARIES = "/api/beneficiaries";
const NAME = "Release check";

/** Journey: a beneficiary with allocations can't be deleted; without them it can. */
export const beneficiaries = walkingGate("beneficiaries", async (visit) => {
  const client = visit.client(visit.context.target.release);
  await logIn(visit, client);
  for (const left of await takeOver(visit, client, BENEFICIARIES, ({ name }) => name === NAME)) {
    await takeOver(visit, client, `${left}/allocations`, () => true);
  }
  const beneficiary = await create(visit, client, BENEFICIARIES, { name: NAME });
  const allocation = await create(visit, client, `${beneficiary.path}/allocations`, { amount: 1 });
  await client.expect(409, "DELETE", beneficiary.path);
  await client.expect(204, "DELETE", allocation.path);
  allocation.removed();
  await client.expect(204, "DELETE", beneficiary.path);
  beneficiary.removed();
  return "the delete constraint holds while there are allocations, and no longer";
});
