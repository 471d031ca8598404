import { z } from "zod";

import type { Criterion } from "./criterion.ts";

/** A functional probe: what is asked of one revision, through the testers' door, whatever the weights say. */
export type Probe = HttpProbe | FunctionProbe;

/** The probes of a profile, by name. */
export type Probes = Readonly<Record<string, Probe>>;

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] as const;

/** Method of a probe's request. */
export type ProbeMethod = (typeof methods)[number];

/** One request, and what the answer must be. */
export interface HttpProbe {
    readonly kind: "http";
    /** From the root, with the query: `/api/cart?probe=1`. */
    readonly path: string;
    /** @default "GET" */
    readonly method?: ProbeMethod;
    readonly headers?: Readonly<Record<string, string>>;
    /** Sent as JSON. */
    readonly json?: unknown;
    readonly expect: ExpectedAnswer;
    /** Whether the request leaves something behind: a preview doesn't run such a probe. @default true for every method but GET and HEAD */
    readonly writes?: boolean;
}

/** What an answer must be. All that is named must hold. */
export interface ExpectedAnswer {
    /** @default 200 */
    readonly status?: number;
    /** Headers by name, each with its whole value. */
    readonly headers?: Readonly<Record<string, string>>;
    /** A part of the body. */
    readonly bodyContains?: string;
    /** Values in a JSON body by their pointers: `{ "/items/0/name": "bread" }`. https://www.rfc-editor.org/rfc/rfc6901 */
    readonly json?: Readonly<Record<string, unknown>>;
    /** Header in which the service names the revision that answered: it must be the probed one. @default none: the testers' door alone leads to the candidate */
    readonly servedBy?: string;
}

/** A function of the program: see {@link ProbeFunction}. It is loaded when the probe runs, so a profile stays data. */
export interface FunctionProbe {
    readonly kind: "function";
    /** File of the program, relative to its folder, such as `cart.ts`. The watchdog's image must hold it, relative to its working directory. */
    readonly module: string;
    /** Name of the export. @default "default" */
    readonly export?: string;
    /** Whether it leaves something behind: a preview doesn't run such a probe. @default false */
    readonly writes?: boolean;
}

/** Whether running a probe leaves something behind. */
export function writes(probe: Probe): boolean {
    return probe.writes ?? (probe.kind === "http" && !isReading(probe.method));
}

/** Whether looking at what `criterion` judges leaves something behind. A probe that is not known may. */
export function writesFor(probes: Probes, { measure }: Pick<Criterion, "measure">): boolean {
    const probe = measure.kind === "probe" ? probes[measure.probe] : undefined;
    return measure.kind === "probe" && (probe === undefined || writes(probe));
}

function isReading(method: HttpProbe["method"] = "GET"): boolean {
    return method === "GET" || method === "HEAD";
}

const texts = z.record(z.string().min(1), z.string());
const pointer = z.string().regex(/^(\/([^~]|~[01])*)?$/, "is no JSON pointer: write '/items/0/name', or '' for the whole body");

const httpProbe = z
    .strictObject({
        kind: z.literal("http"),
        path: z.string().regex(/^\/[^\s#]*$/, "must be a path from the root, such as /health, with no space and no #"),
        method: z.enum(methods).exactOptional(),
        headers: texts.exactOptional(),
        json: z.json().exactOptional(),
        expect: z.strictObject({
            status: z.int().min(200).max(599).exactOptional(),
            headers: texts.exactOptional(),
            bodyContains: z.string().min(1).exactOptional(),
            json: z.record(pointer, z.json()).exactOptional(),
            servedBy: z.string().min(1).exactOptional(),
        }),
        writes: z.boolean().exactOptional(),
    })
    .refine(({ method, json }) => json === undefined || !isReading(method), { path: ["json"], message: "is sent with POST, PUT, PATCH or DELETE; set method" });

const functionProbe = z.strictObject({
    kind: z.literal("function"),
    module: z.string().regex(/^(?!\/|.*(^|\/)\.\.(\/|$)).+\.[cm]?[jt]s$/, "must be a .ts or .js file in the program's folder, relative to it"),
    export: z.string().min(1).exactOptional(),
    writes: z.boolean().exactOptional(),
});

/** {@link Probes} as JSON. */
export const probesSchema: z.ZodType<Probes> = z.record(
    z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "is no word of lower-case letters, digits and hyphens; records carry it"),
    z.discriminatedUnion("kind", [httpProbe, functionProbe]),
);

/** What is wrong with the probes of a profile, and with criteria that ask for others. Each with the key, the value and the fix. */
export function probeProblems(probes: Probes, criteria: readonly Criterion[]): readonly string[] {
    const { error } = probesSchema.safeParse(probes);
    const known = Object.keys(probes);
    const unknown = new Set(criteria.flatMap(({ measure }) => (measure.kind === "probe" && !known.includes(measure.probe) ? [measure.probe] : [])));
    return [
        ...(error?.issues ?? []).flatMap((issue) => {
            const messages = issue.code === "invalid_key" ? issue.issues.map(({ message }) => message) : [issue.message];
            return messages.map((message) => `${["probes", ...issue.path].map(String).join(".")}: ${message}`);
        }),
        ...[...unknown].map(
            (name) =>
                `criteria ask for the probe '${name}', which probes does not have (${known.length === 0 ? "it has none" : known.join(", ")}); add it, or correct the name`,
        ),
    ];
}
