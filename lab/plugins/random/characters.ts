import { randomInt } from "node:crypto";

import { z } from "zod";

/** Values that, when they change, make a new random value. */
export const keepers = z.record(z.string(), z.string()).optional();

/** Special characters, where `overrideSpecial` gives no others: those of the official provider. */
const defaultSpecial = "!@#$%&*()-_=+[]{}<>:?";

const count = z.int().min(0).default(0);

/** Inputs of a random text, shared by RandomPassword and RandomString. Changing any of them makes a new text. */
export const characterInputs = z.strictObject({
    keepers,
    /** Characters in the text. */
    length: z.int().min(1),
    lower: z.boolean().default(true),
    upper: z.boolean().default(true),
    /** Old name of `numeric`. */
    number: z.boolean().optional(),
    numeric: z.boolean().optional(),
    special: z.boolean().default(true),
    minLower: count,
    minUpper: count,
    minNumeric: count,
    minSpecial: count,
    overrideSpecial: z.string().optional(),
});

type CharacterInputs = z.output<typeof characterInputs>;

/** Every input replaces. */
export const characterReplaceOn = {
    keepers: true,
    length: true,
    lower: true,
    upper: true,
    number: true,
    numeric: true,
    special: true,
    minLower: true,
    minUpper: true,
    minNumeric: true,
    minSpecial: true,
    overrideSpecial: true,
} as const;

/** The classes of characters that are switched on or asked for, each with how many of it there must be. */
function classes(inputs: CharacterInputs): readonly { readonly characters: string; readonly atLeast: number; readonly allowed: boolean }[] {
    return [
        { characters: "abcdefghijklmnopqrstuvwxyz", atLeast: inputs.minLower, allowed: inputs.lower },
        { characters: "ABCDEFGHIJKLMNOPQRSTUVWXYZ", atLeast: inputs.minUpper, allowed: inputs.upper },
        { characters: "0123456789", atLeast: inputs.minNumeric, allowed: inputs.numeric ?? inputs.number ?? true },
        { characters: inputs.overrideSpecial ?? defaultSpecial, atLeast: inputs.minSpecial, allowed: inputs.special },
    ];
}

/** Rules between the inputs: the minimums fit, something is left to choose from, old and new name of `numeric` agree. */
export function verifyCharacters(inputs: CharacterInputs): readonly { readonly property: keyof CharacterInputs; readonly reason: string }[] {
    const least = inputs.minLower + inputs.minUpper + inputs.minNumeric + inputs.minSpecial;
    const pool = classes(inputs).filter((kind) => kind.allowed && kind.characters !== "");
    return [
        ...(least > inputs.length
            ? [
                  {
                      property: "length" as const,
                      reason: `length is ${String(inputs.length)}, but the minimums add up to ${String(least)}; raise length or lower them`,
                  },
              ]
            : []),
        ...(pool.length === 0 ? [{ property: "length" as const, reason: "no characters to choose from: switch on lower, upper, numeric or special" }] : []),
        ...(inputs.number !== undefined && inputs.numeric !== undefined && inputs.number !== inputs.numeric
            ? [{ property: "number" as const, reason: "number is the old name of numeric, and the two differ; set numeric only" }]
            : []),
    ];
}

/** A random text: first the minimum of each class, then from all that are allowed, in random order. */
export function randomText(inputs: CharacterInputs): string {
    const kinds = classes(inputs);
    const pool = kinds.map((kind) => (kind.allowed ? kind.characters : "")).join("");
    const characters = kinds.flatMap((kind) => Array.from({ length: kind.atLeast }, () => pick(kind.characters)));
    while (characters.length < inputs.length) {
        characters.push(pick(pool));
    }
    return shuffle(characters).join("");
}

function pick(characters: string): string {
    return characters.charAt(randomInt(characters.length));
}

/** Fisher-Yates, with a generator fit for secrets. */
function shuffle(items: readonly string[]): string[] {
    const shuffled: string[] = [];
    for (const item of items) {
        shuffled.splice(randomInt(shuffled.length + 1), 0, item);
    }
    return shuffled;
}

/** The inputs that a text brought in by import is given: its length, and the defaults. */
export function importedInputs(text: string): CharacterInputs {
    return characterInputs.parse({ length: text.length, numeric: true, number: true });
}

/** Fills in the pair of names for digits: the official provider returns both. */
export function withNumeric(inputs: CharacterInputs): CharacterInputs {
    const numeric = inputs.numeric ?? inputs.number ?? true;
    return { ...inputs, numeric, number: numeric };
}
