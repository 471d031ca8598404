/**
 * The value of a YAML scalar without quotes, as sigs.k8s.io/yaml reads it: the words and numbers of YAML 1.1, in the form that go-yaml v2 gives them.
 *
 * Whole numbers beyond 2^53 become the nearest number that JavaScript has. Infinity and NaN come back as such: JSON has neither, so kubectl refuses them.
 *
 * @see https://github.com/yaml/go-yaml/blob/v2.4.4/resolve.go
 */
export function plainScalar(source: string): string | number | boolean | null {
    const [first = ""] = source;
    if (first !== "" && !/[-+0-9yYnNtTfFoO~.]/.test(first)) {
        return source;
    }
    const word = words.get(source);
    if (word !== undefined) {
        return word;
    }
    if (first === ".") {
        return decimal(source.replaceAll(/(?<=\d)_(?=\d)/g, "")) ?? source;
    }
    if (!/[-+0-9]/.test(first)) {
        return source;
    }
    const plain = source.replaceAll("_", "");
    return whole(plain) ?? decimal(plain) ?? signedBits(plain) ?? source;
}

const words: ReadonlyMap<string, number | boolean | null> = new Map<string, number | boolean | null>([
    ...["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"].map((word): [string, boolean] => [word, true]),
    ...["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"].map((word): [string, boolean] => [word, false]),
    ...["", "~", "null", "Null", "NULL"].map((word): [string, null] => [word, null]),
    ...[".nan", ".NaN", ".NAN"].map((word): [string, number] => [word, Number.NaN]),
    ...[".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"].map((word): [string, number] => [word, Number.POSITIVE_INFINITY]),
    ...["-.inf", "-.Inf", "-.INF"].map((word): [string, number] => [word, Number.NEGATIVE_INFINITY]),
]);

/** A whole number of 64 bits, in the bases that Go writes: decimal, `0x`, `0o`, `0b`, and octal behind a 0. */
function whole(text: string): number | undefined {
    const [, sign = "", prefix = "", digits = ""] = /^([-+]?)(0[xX]|0[oO]|0[bB]|0(?=[0-9]))?([0-9a-fA-F]+)$/.exec(text) ?? [];
    const base = bases[prefix.toLowerCase()];
    if (base?.digits.test(digits) !== true) {
        return undefined;
    }
    const value = BigInt(`${base.prefix}${digits}`);
    const largest = sign === "-" ? 2n ** 63n : sign === "+" ? 2n ** 63n - 1n : 2n ** 64n - 1n;
    return value > largest ? undefined : sign === "-" && value !== 0n ? -Number(value) : Number(value);
}

const bases: Readonly<Record<string, { readonly prefix: string; readonly digits: RegExp }>> = {
    "": { prefix: "", digits: /^[0-9]+$/ },
    "0x": { prefix: "0x", digits: /^[0-9a-f]+$/i },
    "0o": { prefix: "0o", digits: /^[0-7]+$/ },
    "0b": { prefix: "0b", digits: /^[01]+$/ },
    "0": { prefix: "0o", digits: /^[0-7]+$/ },
};

/** A sign behind `0b`, which go-yaml bears. */
function signedBits(text: string): number | undefined {
    const [, sign, digits] = /^0b([-+])([01]{1,63})$/.exec(text) ?? [];
    return digits === undefined ? undefined : Number(BigInt(`0b${digits}`)) * (sign === "-" ? -1 : 1);
}

/** A number with a point or an exponent; one that is too large for 64 bits stays text. */
function decimal(text: string): number | undefined {
    const value = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/.test(text) ? Number(text) : Number.NaN;
    return Number.isFinite(value) ? value : undefined;
}
