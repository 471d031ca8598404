import type { KubeConfig } from "@kubernetes/client-node";

import { reasonOf } from "./api-error.ts";

/**
 * Has requests take their credential one after the other. The client keeps what a credential plugin gives until it expires, but only once the plugin has
 * ended: requests that begin together would run it once each.
 *
 * A plugin that fails, or takes longer than {@link longestMs}, fails the request.
 */
export function credentialsInTurn(config: KubeConfig): void {
    const apply = config.applySecurityAuthentication.bind(config);
    let previous: Promise<unknown> = Promise.resolve();
    config.applySecurityAuthentication = (context) => {
        const applied = previous.then(() => inTime(apply(context)));
        previous = applied.catch(() => undefined);
        return applied;
    };
}

async function inTime(applied: Promise<void>): Promise<void> {
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
        reject(new Error(`it gave none within ${String(longestMs / 1_000)} s`));
    }, longestMs);
    try {
        await Promise.race([applied, promise]);
    } catch (error) {
        throw new Error(`the kubeconfig's user has no credential: ${reasonOf(error)}: see its 'exec' plugin, or log in with kubectl`);
    } finally {
        clearTimeout(timer);
    }
}

/** How long a credential may take, in milliseconds: a plugin may ask an identity provider, or have a person confirm it. */
const longestMs = 60_000;
