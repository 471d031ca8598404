import { randomUUID } from "node:crypto";

import { z } from "zod";

import { resourceKind } from "../resource-kind.ts";
import { keepers } from "./characters.ts";

const inputs = z.strictObject({ keepers });

/** A UUID of version 4, which is its own id. Import takes the UUID. */
export const randomUuid = resourceKind({
    token: "random:index/randomUuid:RandomUuid",
    inputs,
    state: inputs.extend({ result: z.uuid() }),
    replaceOn: { keepers: true },
    create: (_connection: undefined, given) => {
        const result = randomUUID();
        return Promise.resolve({ id: result, state: { ...given, result } });
    },
    read: (_connection, id, last) => Promise.resolve({ id, state: last ?? { result: z.uuid({ error: `'${id}' is not a UUID` }).parse(id) } }),
    update: (_connection, _id, given, last) => Promise.resolve({ ...last, ...given }),
    delete: () => Promise.resolve(),
});
