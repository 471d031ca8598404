import { randomBytes } from "node:crypto";

import { z } from "zod";

import { resourceKind } from "../resource-kind.ts";
import { keepers } from "./characters.ts";

const inputs = z.strictObject({
    /** Random bytes in the id. */
    byteLength: z.int().min(1),
    keepers,
    /** Text before the id in every output; it is not part of the random bytes. */
    prefix: z.string().optional(),
});

const state = inputs.extend({ b64Std: z.string(), b64Url: z.string(), dec: z.string(), hex: z.string() });

function outputs(bytes: Buffer, prefix: string): { b64Std: string; b64Url: string; dec: string; hex: string } {
    const hex = bytes.toString("hex");
    return {
        b64Std: prefix + bytes.toString("base64"),
        b64Url: prefix + bytes.toString("base64url"),
        dec: prefix + BigInt(`0x${hex}`).toString(),
        hex: prefix + hex,
    };
}

/** Random bytes in four spellings. Import takes `<base64url>` or `<prefix>,<base64url>`. */
export const randomId = resourceKind({
    token: "random:index/randomId:RandomId",
    inputs,
    state,
    replaceOn: { byteLength: true, keepers: true, prefix: true },
    create: (_connection: undefined, given) => {
        const bytes = randomBytes(given.byteLength);
        return Promise.resolve({ id: bytes.toString("base64url"), state: { ...given, ...outputs(bytes, given.prefix ?? "") } });
    },
    read: (_connection, id, last) => {
        if (last !== undefined) {
            return Promise.resolve({ id, state: last });
        }
        const comma = id.lastIndexOf(",");
        const prefix = id.slice(0, Math.max(comma, 0));
        const bytes = Buffer.from(id.slice(comma + 1), "base64url");
        const given = inputs.parse({ byteLength: bytes.length, ...(comma < 0 ? {} : { prefix }) });
        return Promise.resolve({ id: bytes.toString("base64url"), state: { ...given, ...outputs(bytes, prefix) } });
    },
    update: (_connection, _id, given, last) => Promise.resolve({ ...last, ...given }),
    delete: () => Promise.resolve(),
});
