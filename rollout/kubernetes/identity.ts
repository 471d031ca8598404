import type { Actor } from "../gate/criterion.ts";
import { type ApiServer, reasonOf } from "./api-server.ts";

/**
 * Who acts, as the API server knows it: it has authenticated the caller by a certificate, a token of the identity provider, or a service account's token.
 *
 * @returns the API server's user name, verified; or `fallback`, unverified, where it can't be asked.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#self-subject-review
 */
export async function authenticatedIdentity(api: ApiServer, fallback: string): Promise<Actor & { readonly problem?: string }> {
    try {
        const { V1SelfSubjectReview } = await import("@kubernetes/client-node");
        const { value } = await api.ask(({ authentication }, options) => authentication.createSelfSubjectReview({ body: new V1SelfSubjectReview() }, options));
        const identity = value.status?.userInfo?.username;
        return identity === undefined || identity === "" ? { identity: fallback, verified: false } : { identity, verified: true };
    } catch (error) {
        return { identity: fallback, verified: false, problem: reasonOf(error) };
    }
}
