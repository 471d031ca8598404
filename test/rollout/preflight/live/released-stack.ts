import { declaredBy } from "../../../../config/declared.ts";
import { parseConfig } from "../../../../config/parse.ts";
import type { PreflightCheck } from "../../../../rollout/checklist/preflight.ts";
import { apiServer } from "../../../../rollout/kubernetes/cluster-reader.ts";
import { type PreflightContext, runPreflight } from "../../../../rollout/preflight/live/index.ts";
import type { CheckResult } from "../../../../rollout/preflight/preflight.ts";
import { profile } from "../../../../service/profile.ts";
import { readStack } from "../../../config/stack-files.ts";
import type { SmallServers } from "./small-servers.ts";

/** The committed stack of production with a candidate, and the registry that has its image. */
export interface ReleasedStack {
    /** The candidate's image, by digest. */
    readonly image: string;
    /** What the registry answers, by path; 404 elsewhere. A string is an address that it sends to. */
    readonly answers: Readonly<Record<string, Buffer | string>>;
    /** `preflight` of the stack, without the registry's address. */
    readonly preflight: object;
    /** Further keys of the stack. A key that is undefined is taken out. @default none */
    readonly keys?: Readonly<Record<string, unknown>>;
    readonly folder: string;
    readonly forge?: PreflightContext["forge"];
}

/** Runs some checks of a preflight of the stack. */
export async function checkRelease(servers: SmallServers, stack: ReleasedStack, only: readonly PreflightCheck[]): Promise<readonly CheckResult[]> {
    const { image, answers, preflight, keys = {}, folder, forge } = stack;
    const registry = await servers.http((request, response) => {
        const answer = answers[request.url ?? ""];
        if (typeof answer === "string") {
            response.writeHead(307, { location: answer }).end();
        } else {
            response.writeHead(answer === undefined ? 404 : 200).end(answer ?? "");
        }
    });
    const raw: Readonly<Record<string, unknown>> = {
        ...readStack("prod"),
        candidate: { name: "v1-1-0", image, config: {} },
        preflight: { ...preflight, reach: { registry } },
        ...keys,
    };
    const given = Object.fromEntries(Object.entries(raw).filter(([, value]) => value !== undefined));
    const parsed = parseConfig(given, { variables: {}, secretKeys: new Set(["postgresAdminPassword"]) });
    if (!parsed.ok) {
        throw new Error(JSON.stringify(parsed.problems));
    }
    const none = () => Promise.resolve(undefined);
    const context: PreflightContext = {
        profile,
        config: parsed.config,
        folder,
        api: apiServer({ kubeContext: "nowhere" }),
        declared: declaredBy(parsed.config),
        secrets: { postgresPassword: none, kafkaLogin: none, registryLogin: none, passwordPlaces: "the stack config", storeAuthority: none },
        forecast: () => Promise.reject(new Error("a release has no traffic")),
        resources: () => Promise.reject(new Error("a release has no state")),
        ...(forge === undefined ? {} : { forge }),
    };
    return runPreflight(context, { only });
}
