import { testNotifiers } from "../announce/live/notifiers.ts";
import { testMessage } from "../announce/test-message.ts";
import { defined } from "../defined.ts";
import { forgeOf } from "../forge/live/forge-of.ts";
import type { PreflightContext } from "../preflight/live/index.ts";
import { checkTimeoutMs } from "../preflight/preflight.ts";
import { referenceTo } from "../route/revision.ts";
import { resourcesIn, stackState } from "./engine-state.ts";
import { preflightSecrets } from "./preflight-secrets.ts";
import { type Session, UsageError } from "./session.ts";
import { trafficOutlook } from "./traffic-outlook.ts";

/**
 * What a preflight of this session's stack looks for.
 *
 * @throws {UsageError} where the session has a target in place of a stack, which names no stores; and where the program says nothing of what it declares.
 */
export async function preflightContext(
    session: Session,
    commit: string | undefined,
    variables: Readonly<Record<string, string | undefined>> = process.env,
): Promise<PreflightContext> {
    const { stack, api } = session;
    if (stack === undefined) {
        throw new UsageError("the preflight needs a stack: name it with --stack, in place of --target");
    }
    if (stack.program.declared === undefined) {
        throw new UsageError(
            "rollout.config.ts does not say what the program declares, so there is nothing for a preflight to look for: give defineProgram `declared`",
        );
    }
    const config = stack.file.config(variables);
    const { communication, environment, forge, serviceName: service } = config;
    const { digest: rollout } = referenceTo(config.candidate ?? config.stable);
    return {
        profile: stack.program.profile,
        config,
        folder: stack.folder,
        ...defined({ commit }),
        api,
        declared: await stack.program.declared(config),
        forecast: async () => trafficOutlook(session),
        resources: async () => resourcesIn(await (await stackState(stack.folder, stack.name)).read()),
        secrets: preflightSecrets({ variables, profile: stack.program.profile, stack, environment, postgresPassword: stack.program.postgresPassword }),
        ...(forge === undefined ? {} : { forge: (repository: string) => forgeOf({ ...forge, repository }, variables, { totalMs: checkTimeoutMs * 0.8 }) }),
        ...(communication === undefined
            ? {}
            : { notifiers: () => testNotifiers(communication, variables, testMessage({ service, environment, rollout, at: new Date().toISOString() })) }),
    };
}
