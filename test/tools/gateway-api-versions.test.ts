import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { execa } from "execa";
import { parse } from "yaml";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

import { ensureGo, hasFetchedGo } from "../../lab/toolchain/go.ts";
import { ensureCommands } from "../../lab/toolchain/system.ts";
import { readDefinition } from "../../rollout/preflight/gateway/read.ts";
import { missingRouteFields } from "../../rollout/preflight/gateway/gateway-api.ts";
import { routeSpec, testersRouteSpec } from "../../rollout/route/route-spec.ts";
import { rolling } from "../rollout/arbitraries.ts";
import { design, hostDesign, testerKey } from "../rollout/route/route.ts";

/** Releases of the Gateway API that docs/testers.md speaks of, and what each channel of them takes. */
const releases = [
    { version: "1.0.0", standard: "neither", experimental: "no-retry" },
    { version: "1.1.1", standard: "neither", experimental: "no-retry" },
    { version: "1.2.1", standard: "no-retry", experimental: "both" },
    { version: "1.3.0", standard: "no-retry", experimental: "both" },
    { version: "1.4.1", standard: "no-retry", experimental: "both" },
    { version: "1.5.0", standard: "no-retry", experimental: "both" },
    { version: "1.6.0", standard: "no-retry", experimental: "both" },
    { version: "1.7.0", standard: "both", experimental: "both" },
] as const;

/** What a schema of OpenAPI says, as far as a definition uses it. */
interface Schema {
    readonly type?: string | undefined;
    readonly properties?: Readonly<Record<string, Schema>> | undefined;
    readonly items?: Schema | undefined;
    readonly required?: readonly string[] | undefined;
    readonly enum?: readonly unknown[] | undefined;
    readonly pattern?: string | undefined;
    readonly maxItems?: number | undefined;
    readonly minItems?: number | undefined;
}

const schema: z.ZodType<Schema> = z.lazy(() =>
    z.object({
        type: z.string().optional(),
        properties: z.record(z.string(), schema).optional(),
        items: schema.optional(),
        required: z.array(z.string()).optional(),
        enum: z.array(z.unknown()).optional(),
        pattern: z.string().optional(),
        maxItems: z.number().optional(),
        minItems: z.number().optional(),
    }),
);
const definitionSchema = z.object({
    spec: z.object({
        versions: z.array(z.object({ name: z.string(), schema: z.object({ openAPIV3Schema: z.object({ properties: z.object({ spec: schema }) }) }) })),
    }),
});

/** What an API server would drop or refuse of `value`, by path. It does not prove the rules in CEL. */
function misfits(value: unknown, of: Schema, path: string): readonly string[] {
    if (Array.isArray(value)) {
        const { items, maxItems = Infinity, minItems = 0 } = of;
        const size = value.length > maxItems || value.length < minItems ? [`${path} has ${String(value.length)} entries`] : [];
        return items === undefined
            ? [`${path} is no list`]
            : [...size, ...value.flatMap((one: unknown, index) => misfits(one, items, `${path}[${String(index)}]`))];
    }
    if (typeof value === "object" && value !== null) {
        const missing = (of.required ?? []).filter((key) => !(key in value)).map((key) => `${path}.${key} is missing`);
        const own = Object.entries(value).flatMap(([key, one]) => {
            const known = of.properties?.[key];
            return known === undefined ? [`${path}.${key} is unknown`] : misfits(one, known, `${path}.${key}`);
        });
        return [...missing, ...own];
    }
    const wrongType = of.type === (typeof value === "number" ? "integer" : typeof value) ? [] : [`${path} is no ${String(of.type)}`];
    const notOne = of.enum === undefined || of.enum.includes(value) ? [] : [`${path} is none of ${of.enum.join(", ")}`];
    const unmatched = of.pattern === undefined || new RegExp(of.pattern).test(String(value)) ? [] : [`${path} does not match ${of.pattern}`];
    return [...wrongType, ...notOne, ...unmatched];
}

/** The command that fetches a release. A machine whose tools are all in the cache needs no Go until now. */
let go = "";
beforeAll(async () => {
    if (!(await hasFetchedGo())) {
        await ensureCommands(["go"], console.error);
    }
    go = await ensureGo(console.error);
}, 600_000);

describe.each(releases)("Gateway API $version", ({ version, ...channels }) => {
    let folder = "";
    let files = "";

    beforeAll(async () => {
        folder = mkdtempSync(join(tmpdir(), "gateway-api-"));
        writeFileSync(join(folder, "go.mod"), "module example.com/versions\n");
        // 1.7 asks for a newer Go than it needs for its manifests: the client fetches it.
        const { stdout } = await execa(go, ["mod", "download", "-json", `sigs.k8s.io/gateway-api@v${version}`], {
            cwd: folder,
            env: { GOTOOLCHAIN: "auto" },
        });
        files = join(z.object({ Dir: z.string() }).parse(JSON.parse(stdout)).Dir, "config/crd");
    }, 300_000);
    afterAll(() => {
        rmSync(folder, { recursive: true });
    });

    it.each(["standard", "experimental"] as const)("takes the routes that the program writes as the page says: %s channel", (channel) => {
        const definition: unknown = parse(readFileSync(join(files, channel, "gateway.networking.k8s.io_httproutes.yaml"), "utf8"));
        const v1 = definitionSchema.parse(definition).spec.versions.find(({ name }) => name === "v1");
        expect(readDefinition(definition)).toMatchObject({ version: `v${version}`, channel });
        for (const retry of [false, true]) {
            const users = routeSpec(rolling(10), { ...design, gateway: { ...design.gateway, retry, listener: "https" } }, testerKey);
            const testers = testersRouteSpec("v2", { ...hostDesign, gateway: { ...hostDesign.gateway, retry } });
            const found = [users, testers].flatMap((written) => misfits(written, v1?.schema.openAPIV3Schema.properties.spec ?? {}, "spec"));
            const takes = channels[channel] === "both" || (channels[channel] === "no-retry" && !retry);
            expect(found.length === 0, found.join("; ")).toBe(takes);
            // The preflight says so beforehand.
            expect(missingRouteFields(readDefinition(definition), retry).length === 0).toBe(takes);
        }
    });
});
