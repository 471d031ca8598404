import { isDeepStrictEqual } from "node:util";

import type { ExpectedAnswer } from "../../probe.ts";
import type { ProbeAnswer } from "./context.ts";

/** How much of a body an error shows, in characters. */
const shownBody = 200;

/** The first thing that is wrong with an answer of a probe to `revision`; undefined where it is as expected. */
export function answerProblem(expect: ExpectedAnswer, { status, headers, body }: ProbeAnswer, revision: string): string | undefined {
    const wanted = expect.status ?? 200;
    if (status !== wanted) {
        return `answered ${String(status)} instead of ${String(wanted)}: ${body.slice(0, shownBody)}`;
    }
    if (expect.servedBy !== undefined) {
        const servedBy = headers[expect.servedBy.toLowerCase()];
        if (servedBy !== revision) {
            return servedBy === undefined ? `the answer doesn't say which revision it is from (${expect.servedBy})` : `answered by revision ${servedBy}`;
        }
    }
    for (const [name, value] of Object.entries(expect.headers ?? {})) {
        const found = headers[name.toLowerCase()];
        if (found !== value) {
            return `the header ${name} is ${found === undefined ? "not there" : `'${found}'`}, not '${value}'`;
        }
    }
    if (expect.bodyContains !== undefined && !body.includes(expect.bodyContains)) {
        return `the body has no '${expect.bodyContains}': ${body.slice(0, shownBody)}`;
    }
    return expect.json === undefined ? undefined : problemOfJson(expect.json, body);
}

function problemOfJson(expected: Readonly<Record<string, unknown>>, body: string): string | undefined {
    let json: unknown;
    try {
        json = JSON.parse(body);
    } catch {
        return `the answer is no JSON: ${body.slice(0, shownBody)}`;
    }
    const other = Object.entries(expected).find(([pointer, value]) => !isDeepStrictEqual(valueAt(json, pointer), value));
    if (other === undefined) {
        return undefined;
    }
    const [pointer, value] = other;
    const found = valueAt(json, pointer);
    const shown = found === undefined ? "not there" : JSON.stringify(found).slice(0, shownBody);
    return `${pointer === "" ? "the body" : pointer} is ${shown}, not ${JSON.stringify(value)}`;
}

/** The value that a JSON pointer names; undefined where there is none. */
function valueAt(json: unknown, pointer: string): unknown {
    return pointer
        .split("/")
        .slice(1)
        .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"))
        .reduce<unknown>((value, token) => (typeof value === "object" && value !== null ? new Map(Object.entries(value)).get(token) : undefined), json);
}
