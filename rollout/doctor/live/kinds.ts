import type { ApiServer } from "../../kubernetes/api-server.ts";
import type { DoctorFinding } from "../finding.ts";
import { judgeKinds } from "../kinds.ts";
import { groupOf } from "../needs.ts";
import type { DoctorContext } from "./context.ts";

/** Whether the API server serves every kind that the program declares. Any user may ask: Kubernetes lets all who are authenticated discover. */
export async function kinds({ api, needs }: DoctorContext): Promise<DoctorFinding> {
    const { value: groups } = await api.ask(({ apis }, options) => apis.getAPIVersions(options));
    const versions = new Map([
        ["", ["v1"]],
        ...groups.groups.map(({ name, versions: all }): readonly [string, readonly string[]] => [name, all.map(({ groupVersion }) => groupVersion)]),
    ]);
    const asked = [...new Set(needs.kinds.map(({ apiVersion }) => apiVersion))];
    const served = await Promise.all(asked.map(async (apiVersion) => [apiVersion, await kindsIn(api, apiVersion)] as const));
    return judgeKinds(needs.kinds, new Map(served), versions);
}

async function kindsIn(api: ApiServer, apiVersion: string): Promise<ReadonlySet<string>> {
    const group = groupOf(apiVersion);
    const { value } = await api.find(({ core, custom }, options) =>
        group === "" ? core.getAPIResources(options) : custom.getAPIResources({ group, version: apiVersion.slice(group.length + 1) }, options),
    );
    // A resource with a `/` in its name is part of another one, such as its status.
    return new Set((value?.resources ?? []).filter(({ name }) => !name.includes("/")).map(({ kind }) => kind));
}
