import type * as client from "@kubernetes/client-node";

import { ApiServerError, reasonOf } from "./api-error.ts";
import { credentialsInTurn } from "./credentials.ts";

export { reasonOf, statusOf } from "./api-error.ts";

/** Where the API server is, and as which user to call it. */
export interface ClusterAccess {
    /**
     * Context of the kubeconfig that KUBECONFIG names, or of ~/.kube/config.
     *
     * @default inside a pod: its own service account, whose token is read again when it was renewed
     */
    readonly kubeContext?: string;
    /**
     * User to act as. The context's own user needs the right to impersonate it, and the API server notes both.
     *
     * @default the context's own user
     * @see https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/
     */
    readonly asUser?: string;
    /** How long one request may take, in milliseconds. @default 5000 */
    readonly timeoutMs?: number;
}

/** What the API server answered, and when, by its own clock. */
export interface Answer<T> {
    readonly value: T;
    /** The answer's `Date`, to the second. Undefined where it had none, as behind a proxy that takes it away. */
    readonly date: string | undefined;
}

/** When the API server answered. @throws where it doesn't say. */
export function timeOf({ date }: Answer<unknown>): Date {
    const now = new Date(date ?? "");
    if (Number.isNaN(now.getTime())) {
        throw new Error("the API server's answer had no date");
    }
    return now;
}

/** The API server, as the adapters of this folder use it. */
export interface ApiServer {
    /** Asks once. @throws {ApiServerError} with the server's own reason. @throws {Error} where there is no answer in time, or no way there. */
    ask<T>(request: Request<T>): Promise<Answer<T>>;
    /** {@link ask}, where an object may not be there: undefined then. */
    find<T>(request: Request<T>): Promise<Answer<T | undefined>>;
    /** The same connection, with another time limit for a request, in milliseconds. */
    within(timeoutMs: number): ApiServer;
}

/** One request. `options` carry its time limit: hand them to the client's method. */
export type Request<T> = (apis: Apis, options: client.ConfigurationOptions) => Promise<T>;

/** The clients that the adapters need. */
export interface Apis {
    readonly custom: client.CustomObjectsApi;
    readonly apps: client.AppsV1Api;
    readonly batch: client.BatchV1Api;
    readonly core: client.CoreV1Api;
    readonly discovery: client.DiscoveryV1Api;
    readonly autoscaling: client.AutoscalingV2Api;
    readonly version: client.VersionApi;
    readonly authentication: client.AuthenticationV1Api;
    readonly authorization: client.AuthorizationV1Api;
    readonly storage: client.StorageV1Api;
    /** Which groups and versions are served. */
    readonly apis: client.ApisApi;
}

/**
 * The API server, connected to at the first question, since loading the client library takes half a second.
 *
 * Open it once in a program and hand it to every adapter: each one that is opened runs the kubeconfig's credential plugin by itself.
 */
export function apiServer({ timeoutMs = 5_000, ...access }: ClusterAccess): ApiServer {
    let connected: Promise<Connection> | undefined;
    const connection = async (): Promise<Connection> => {
        connected ??= connect(access).catch((error: unknown) => {
            // A kubeconfig that is fixed during a watch must be read again.
            connected = undefined;
            throw new Error(reasonOf(error));
        });
        return connected;
    };
    return within(connection, timeoutMs);
}

/** The API server over one connection, with a time limit for each request. */
function within(connection: () => Promise<Connection>, timeoutMs: number): ApiServer {
    const send = async <T>(request: Request<T>, absentIsUndefined: boolean): Promise<Answer<T | undefined>> => {
        const { apis, Observable } = await connection();
        // Begins with the request: what the credential takes is no delay of the API server.
        let signal: AbortSignal | undefined;
        let date: string | undefined;
        const options: client.ConfigurationOptions = {
            middleware: [
                {
                    // A request that goes on in the background would keep the program from ending.
                    pre: (context) => {
                        signal = AbortSignal.timeout(timeoutMs);
                        context.setSignal(signal);
                        return new Observable(Promise.resolve(context));
                    },
                    post: (response) => {
                        date = response.headers.date;
                        const checked = async (): Promise<typeof response> => {
                            const refusal = await refusalIn(response);
                            if (refusal !== undefined) {
                                throw refusal;
                            }
                            return response;
                        };
                        return new Observable(checked());
                    },
                },
            ],
            middlewareMergeStrategy: "append",
        };
        try {
            const value = await request(apis, options);
            return { value, date };
        } catch (error) {
            if (absentIsUndefined && error instanceof ApiServerError && error.absent) {
                return { value: undefined, date };
            }
            if (signal?.aborted === true) {
                throw new Error(`the API server gave no answer within ${String(timeoutMs)} ms`);
            }
            // 'fetch failed' says nothing without its cause.
            throw error instanceof ApiServerError ? error : new Error(reasonOf(error));
        }
    };
    return {
        ask: async <T>(request: Request<T>) => {
            const { value, date } = await send(async (apis, options) => ({ answer: await request(apis, options) }), false);
            if (value === undefined) {
                throw new TypeError("the API server's answer is empty");
            }
            return { value: value.answer, date };
        },
        find: async <T>(request: Request<T>) => send(request, true),
        within: (otherMs) => within(connection, otherMs),
    };
}

/** What is wrong with an answer; undefined where it is a success. The client would drop the body of a 401, and read a page of a proxy as nothing. */
async function refusalIn(response: client.ResponseContext): Promise<ApiServerError | undefined> {
    const { httpStatusCode: status, headers } = response;
    const contentType = headers["content-type"];
    if (status < 400 && contentType?.includes("html") !== true) {
        return undefined;
    }
    const body = await response.body.text();
    return new ApiServerError({ status, contentType, body });
}

interface Connection {
    readonly apis: Apis;
    readonly Observable: typeof client.Observable;
}

async function connect({ kubeContext, asUser }: Omit<ClusterAccess, "timeoutMs">): Promise<Connection> {
    const kubernetes = await import("@kubernetes/client-node");
    const config = new kubernetes.KubeConfig();
    if (kubeContext === undefined) {
        if (process.env.KUBERNETES_SERVICE_HOST === undefined) {
            throw new Error("no kubeconfig context was named, and this is no pod: name one, or run where KUBERNETES_SERVICE_HOST is set");
        }
        config.loadFromCluster();
    } else {
        config.loadFromDefault();
        if (config.getContextObject(kubeContext) === null) {
            const known = config.getContexts().map((context) => context.name);
            throw new Error(
                `the kubeconfig has no context ${kubeContext}; it has ${known.length === 0 ? "none" : known.join(", ")}: set cluster.kubeContext, or KUBECONFIG`,
            );
        }
        config.setCurrentContext(kubeContext);
    }
    credentialsInTurn(config);
    if (asUser !== undefined) {
        config.users = config.users.map((user) => (user.name === config.getCurrentUser()?.name ? { ...user, impersonateUser: asUser } : user));
    }
    return {
        apis: {
            custom: config.makeApiClient(kubernetes.CustomObjectsApi),
            apps: config.makeApiClient(kubernetes.AppsV1Api),
            batch: config.makeApiClient(kubernetes.BatchV1Api),
            core: config.makeApiClient(kubernetes.CoreV1Api),
            discovery: config.makeApiClient(kubernetes.DiscoveryV1Api),
            autoscaling: config.makeApiClient(kubernetes.AutoscalingV2Api),
            version: config.makeApiClient(kubernetes.VersionApi),
            authentication: config.makeApiClient(kubernetes.AuthenticationV1Api),
            authorization: config.makeApiClient(kubernetes.AuthorizationV1Api),
            storage: config.makeApiClient(kubernetes.StorageV1Api),
            apis: config.makeApiClient(kubernetes.ApisApi),
        },
        Observable: kubernetes.Observable,
    };
}
