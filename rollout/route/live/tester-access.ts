import { testerKeyEntry, testerKeyHeader, testerKeySecretName } from "../testers.ts";
import { type ApiServer, reasonOf } from "../../kubernetes/api-server.ts";

/**
 * The headers that take a request to the candidate, whatever the weights say.
 *
 * @throws saying why there are none: a request without them would reach what users reach.
 */
export type TesterAccess = () => Promise<Readonly<Record<string, string>>>;

/** Which rollout, and how its testers come in. Service and gateway are those of a stack's target. */
export interface TesterAccessOf {
    readonly api: ApiServer;
    readonly namespace: string;
    readonly service: string;
    readonly gateway: { readonly testers: { readonly kind: "header" | "none"; readonly reason?: string } };
}

/** The way of testers to the candidate. The key is read from its Secret each time, so that a rotated one is carried from then on. */
export function testerAccess({ api, namespace, service, gateway }: TesterAccessOf): TesterAccess {
    const { testers } = gateway;
    if (testers.kind === "none") {
        return () => Promise.reject(new Error(`no tester reaches the candidate (gateway.testers is none: ${testers.reason ?? "no reason given"})`));
    }
    const name = testerKeySecretName(service);
    return async () => {
        const { value } = await api
            .find(({ core }, options) => core.readNamespacedSecret({ namespace, name }, options))
            .catch((error: unknown) => {
                throw new Error(`the tester key can't be read from Secret ${namespace}/${name}: ${reasonOf(error)}`, { cause: error });
            });
        const key = Buffer.from(value?.data?.[testerKeyEntry] ?? "", "base64").toString("utf8");
        if (key === "") {
            throw new Error(`Secret ${namespace}/${name} holds no tester key: run 'pulumi up', which makes it`);
        }
        return { [testerKeyHeader]: key };
    };
}
