import { hash } from "bcryptjs";
import { z } from "zod";

import { resourceKind } from "../resource-kind.ts";
import { characterInputs, characterReplaceOn, importedInputs, randomText, verifyCharacters, withNumeric } from "./characters.ts";

/** Cost of the bcrypt hash: that of the official provider. */
const bcryptCost = 10;

/** A password. The result and its hash are secret; the id says nothing about it. Import takes the password as id. */
export const randomPassword = resourceKind({
    token: "random:index/randomPassword:RandomPassword",
    inputs: characterInputs,
    state: characterInputs.extend({ result: z.string(), bcryptHash: z.string() }),
    replaceOn: characterReplaceOn,
    computedInputs: ["number", "numeric"],
    secretOutputs: ["result", "bcryptHash"],
    verify: verifyCharacters,
    create: async (_connection: undefined, inputs) => {
        const result = randomText(inputs);
        return { id: "none", state: { ...withNumeric(inputs), result, bcryptHash: await hash(result, bcryptCost) } };
    },
    read: async (_connection, id, last) => {
        if (last !== undefined) {
            return { id, state: last };
        }
        return { id: "none", state: { ...importedInputs(id), result: id, bcryptHash: await hash(id, bcryptCost) } };
    },
    update: (_connection, _id, inputs, last) => Promise.resolve({ ...last, ...inputs }),
    delete: () => Promise.resolve(),
});
