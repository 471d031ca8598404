import type { TestersConfig } from "../../settings/gateway.ts";
import { testerKeyEntry, testerKeyHeader, testerKeySecretName } from "../testers.ts";
import { type ApiServer, reasonOf } from "../../kubernetes/api-server.ts";

/**
 * The headers that take a request to the candidate by {@link testersDoor}, whatever the weights say.
 *
 * @throws saying why there are none: a request without them would reach what users reach.
 */
export type TesterAccess = () => Promise<Readonly<Record<string, string>>>;

/** Which rollout, and how its testers come in. Service and gateway are those of a stack's target. */
export interface TesterAccessOf {
    readonly api: ApiServer;
    readonly namespace: string;
    readonly service: string;
    readonly gateway: { readonly testers: { readonly kind: "header" | "host" | "none"; readonly reason?: string } };
}

/** An address of the gateway, and the host name that is asked for there. */
export interface GatewayDoor {
    readonly gatewayUrl: string;
    readonly hostname: string;
}

/** Where a tester's request goes: by the users' door, where the headers of {@link testerAccess} tell it apart, or by the testers' own. */
export function testersDoor(users: GatewayDoor, testers: TestersConfig): GatewayDoor {
    return testers.kind === "host" ? { gatewayUrl: testers.url, hostname: testers.hostname } : users;
}

/** The way of testers to the candidate: with a door of their own there is no header to carry. The key is read from its Secret each time, so that a rotated one is carried from then on. */
export function testerAccess({ api, namespace, service, gateway }: TesterAccessOf): TesterAccess {
    const { testers } = gateway;
    if (testers.kind === "none") {
        return () => Promise.reject(new Error(`no tester reaches the candidate (gateway.testers is none: ${testers.reason ?? "no reason given"})`));
    }
    if (testers.kind === "host") {
        return () => Promise.resolve({});
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
