import { z } from "zod";

import { provider } from "../provider.ts";
import { randomId } from "./random-id.ts";
import { randomPassword } from "./random-password.ts";
import { randomString } from "./random-string.ts";
import { randomUuid } from "./random-uuid.ts";

/** Stand-in for @pulumi/random: needs no server, keeps what it made in the state only. */
export const randomProvider = provider({
    name: "random",
    settings: z.strictObject({}),
    use: <Result>(_settings: unknown, work: (connection: undefined) => Promise<Result>) => work(undefined),
    kinds: [randomPassword, randomString, randomId, randomUuid],
});
