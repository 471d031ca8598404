import { defined } from "../defined.ts";
import type { JudgedRollout } from "../gate/conditions/judged-rollout.ts";
import { apiServer } from "../kubernetes/cluster-reader.ts";
import { type LiveRollout, liveRollout } from "../kubernetes/live-rollout.ts";
import { writersIn } from "../ledger/writers.ts";
import { type Schedule, scheduleFor } from "../plan/schedule.ts";
import { type RolloutProgram, loadProgram } from "./program.ts";
import type { StackFile } from "./stack-file.ts";
import type { RolloutSettings } from "../settings/settings.ts";
import { type RolloutTarget, readTarget, targetOf, wayBackTarget } from "./target.ts";

/** How people say which rollout a command is about. */
export interface SessionOptions {
    /** Folder with Pulumi.yaml. @default the working directory */
    readonly cwd?: string;
    /** Name of the stack. @default the environment variable PULUMI_STACK */
    readonly stack?: string;
    /** File that the program wrote for the watchdog, in place of a stack. */
    readonly target?: string;
    /** Context of the kubeconfig to act as, in place of the stack's: another identity on the same cluster. */
    readonly context?: string;
    /** User to act as, in the API server's words: needs the right to impersonate it. */
    readonly as?: string;
    /** Whether the command takes users away from a release, or only reads: then no problem of the stack's config is in its way, if the config says where the route is. @default false */
    readonly anyConfig?: boolean;
    /** Whether the engine is left alone, also where only it knows all of the config: what takes users off a release waits for no login. @default false */
    readonly withoutEngine?: boolean;
}

/** A rollout with everything that reads and changes it, over one connection to its API server. */
export interface Session extends LiveRollout {
    readonly target: RolloutTarget;
    /** The stack behind it. Absent in the watchdog's pod, which has no engine. */
    readonly stack?: { readonly name: string; readonly folder: string; readonly file: StackFile; readonly program: RolloutProgram } & Pick<
        NonNullable<JudgedRollout["stack"]>,
        "judgePolicies" | "forge"
    >;
    readonly schedule: Schedule;
    /** What is wrong with the stack's config, for a command that went on all the same. Absent where nothing is. */
    readonly unheeded?: Error;
}

/** A command line that can't be understood. It ends with the code for usage. */
export class UsageError extends Error {}

/**
 * Opens the rollout that the options name. Sends no request to the cluster yet.
 *
 * @throws {UsageError} where no stack is named.
 * @throws {Error} where the stack's file can't be read, with every problem of its config.
 */
export async function openSession({
    cwd = process.cwd(),
    stack = process.env.PULUMI_STACK,
    target: targetFile,
    context,
    as,
    anyConfig = false,
    withoutEngine = false,
}: SessionOptions): Promise<Session> {
    if (targetFile !== undefined) {
        return sessionOn(withContext(readTarget(targetFile), context), as);
    }
    if (stack === undefined || stack === "") {
        throw new UsageError("which stack? Name it with --stack, or in PULUMI_STACK");
    }
    const program = await loadProgram(cwd);
    const stackFiles = await import("./stack-file.ts");
    const file = new stackFiles.StackFile(cwd, stack, program.parse);
    if (file.hasEnvironment) {
        const { engineConfig } = await import("./engine-config.ts");
        file.heed(
            withoutEngine
                ? { kind: "missing", reason: "a rollback does not ask it, and needs namespace, serviceName and cluster in the file" }
                : await engineConfig(cwd, stack),
        );
    }
    const { problem, forge, target } = readStack(program, file, anyConfig);
    const behind = { name: stack, folder: cwd, file, program, ...defined({ judgePolicies: program.judgePolicies, forge }) };
    return { ...sessionOn(withContext(target, context), as, behind), ...defined({ unheeded: problem }) };
}

/** What the commands need of a stack, and what is wrong with it where the command goes on all the same. @throws for all others, and where the config does not even say where the route is. */
function readStack(
    { profile }: RolloutProgram,
    file: StackFile,
    anyConfig: boolean,
): { readonly target: RolloutTarget; readonly forge?: RolloutSettings["forge"]; readonly problem?: Error } {
    try {
        const config = file.config(process.env);
        return { target: targetOf(profile, config), ...defined({ forge: config.forge }) };
    } catch (problem) {
        if (!anyConfig || !(problem instanceof Error)) {
            throw problem;
        }
        try {
            return { target: wayBackTarget(profile, file.values(), process.env), problem };
        } catch {
            throw problem;
        }
    }
}

function sessionOn(target: RolloutTarget, asUser: string | undefined, stack?: Session["stack"]): Session {
    const { namespace, kubeContext } = target;
    const api = apiServer(defined({ kubeContext, asUser }));
    return {
        ...liveRollout({ api, namespace, design: target, ...defined({ stack, writers: writersIn(target) }) }),
        target,
        ...defined({ stack }),
        schedule: scheduleFor(target.profile.plan, target),
    };
}

function withContext(target: RolloutTarget, context: string | undefined): RolloutTarget {
    return context === undefined ? target : { ...target, kubeContext: context };
}

/**
 * Refuses a role that the plan does not have.
 *
 * @throws {UsageError} with the roles that there are.
 */
export function refuseUnknownRole({ target: { profile } }: Pick<Session, "target">, role: string): void {
    if (!profile.plan.roles.includes(role)) {
        throw new UsageError(`--role ${role} is no role of the plan: use ${profile.plan.roles.join(", ")}`);
    }
}
