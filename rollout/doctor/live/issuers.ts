import { fields } from "../../route/fields.ts";
import { conditionsOf, generationOf, unmet } from "../conditions.ts";
import { type DoctorFinding, found, notTried } from "../finding.ts";
import type { DoctorContext } from "./context.ts";

/** Whether every issuer that signs the program's certificates is ready to. */
export async function issuers({ api, needs }: DoctorContext): Promise<DoctorFinding> {
    const names = [...new Set(needs.issuers)];
    if (names.length === 0) {
        return notTried("the program declares no certificate");
    }
    const looked = await Promise.all(
        names.map(async (name) => {
            const query = { group: "cert-manager.io", version: "v1", plural: "clusterissuers", name };
            const { value } = await api.find<unknown>(({ custom }, options) => custom.getClusterCustomObject(query, options));
            return value === undefined
                ? [
                      {
                          text: `there is no ClusterIssuer ${name}`,
                          fix: `install cert-manager and make the ClusterIssuer ${name}, or correct its name in the stack config`,
                      },
                  ]
                : unmet(
                      conditionsOf(fields(value).status),
                      ["Ready"],
                      generationOf(value),
                      `ClusterIssuer ${name}`,
                      `see 'kubectl describe clusterissuer ${name}': its account, its Secret, or what it asks`,
                  );
        }),
    );
    return found(looked.flat(), `ClusterIssuer ${names.join(" and ")} ${names.length === 1 ? "is" : "are"} ready`);
}
