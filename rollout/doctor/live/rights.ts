import type { ApiServer } from "../../kubernetes/api-server.ts";
import { authenticatedIdentity } from "../../kubernetes/identity.ts";
import { type DoctorFinding, found } from "../finding.ts";
import { type Right, deployerRights, missingRights } from "../rights.ts";
import type { DoctorContext } from "./context.ts";

/** Whether the user that asks may do all that `pulumi up` and the `rollout` command do. It asks the API server of each right, which is exact where a list of rules is not. */
export async function rights({ api, needs, namespace }: DoctorContext): Promise<DoctorFinding> {
    const needed = deployerRights(needs, namespace);
    const [{ identity }, missing] = await Promise.all([authenticatedIdentity(api, "this user"), refused(api, needed)]);
    return found(
        missingRights(missing, identity, "give it the deployer's rights (docs/your-cluster.md), or ask as the deployer with --context or --as"),
        `${identity} may do all ${String(needed.length)} things that a deployer does`,
        { user: identity },
    );
}

/** How many questions are under way at once: enough to be quick, and few enough that no API server holds them back. */
const atOnce = 24;

/** Those of `needed` that the API server refuses. @throws where it can't be asked. */
async function refused(api: ApiServer, needed: readonly Right[]): Promise<readonly Right[]> {
    const { V1SelfSubjectAccessReview } = await import("@kubernetes/client-node");
    return inTurns(needed, async (resourceAttributes) => {
        const body = Object.assign(new V1SelfSubjectAccessReview(), { spec: { resourceAttributes } });
        const { value } = await api.ask(({ authorization }, options) => authorization.createSelfSubjectAccessReview({ body }, options));
        return value.status?.allowed === true;
    });
}

/** A user other than the one that asks. */
export interface OtherUser {
    readonly user: string;
    /** Groups that the user is known to be in. */
    readonly groups: readonly string[];
}

/** Those of `needed` that the API server would refuse another user. @throws where it can't be asked, or the asker may not. */
export async function refusedTo(api: ApiServer, { user, groups }: OtherUser, needed: readonly Right[]): Promise<readonly Right[]> {
    const { V1SubjectAccessReview } = await import("@kubernetes/client-node");
    return inTurns(needed, async (resourceAttributes) => {
        const body = Object.assign(new V1SubjectAccessReview(), { spec: { user, groups: [...groups], resourceAttributes } });
        const { value } = await api.ask(({ authorization }, options) => authorization.createSubjectAccessReview({ body }, options));
        return value.status?.allowed === true;
    });
}

async function inTurns(needed: readonly Right[], isAllowed: (right: Right) => Promise<boolean>): Promise<readonly Right[]> {
    const missing: Right[] = [];
    for (let start = 0; start < needed.length; start += atOnce) {
        const turn = needed.slice(start, start + atOnce);
        const allowed = await Promise.all(turn.map(isAllowed));
        missing.push(...turn.filter((_, index) => allowed[index] !== true));
    }
    return missing;
}
