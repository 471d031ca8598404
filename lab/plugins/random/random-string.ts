import { z } from "zod";

import { resourceKind } from "../resource-kind.ts";
import { characterInputs, characterReplaceOn, importedInputs, randomText, verifyCharacters, withNumeric } from "./characters.ts";

/** A random text that is no secret: it is its own id. */
export const randomString = resourceKind({
    token: "random:index/randomString:RandomString",
    inputs: characterInputs,
    state: characterInputs.extend({ result: z.string() }),
    replaceOn: characterReplaceOn,
    computedInputs: ["number", "numeric"],
    verify: verifyCharacters,
    create: (_connection: undefined, inputs) => {
        const result = randomText(inputs);
        return Promise.resolve({ id: result, state: { ...withNumeric(inputs), result } });
    },
    read: (_connection, id, last) => Promise.resolve({ id, state: last ?? { ...importedInputs(id), result: id } }),
    update: (_connection, _id, inputs, last) => Promise.resolve({ ...last, ...inputs }),
    delete: () => Promise.resolve(),
});
