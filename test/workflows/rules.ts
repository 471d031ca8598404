import { z } from "zod";

/** As much of a workflow of GitHub as the rules look at. */
const stepSchema = z.looseObject({
    uses: z.string().optional(),
    run: z.string().optional(),
    with: z.record(z.string(), z.unknown()).optional(),
    env: z.record(z.string(), z.unknown()).optional(),
});
const jobSchema = z.looseObject({
    if: z.string().optional(),
    uses: z.string().optional(),
    "runs-on": z.string().optional(),
    permissions: z.union([z.string(), z.record(z.string(), z.string())]).optional(),
    steps: z.array(stepSchema).default([]),
});
const schema = z.looseObject({
    on: z.unknown(),
    permissions: z.union([z.string(), z.record(z.string(), z.string())]).optional(),
    jobs: z.record(z.string(), jobSchema),
});

/** A runner inside the cluster's network, where there is one: for what asks the stores. */
const ownRunner = "${{ vars.ROLLOUT_RUNNER || 'ubuntu-24.04' }}";

type Step = z.infer<typeof stepSchema>;
type Job = z.infer<typeof jobSchema>;

/**
 * What is wrong with a workflow, as far as secrets are concerned:
 *
 * - Only the events of a list start it: `pull_request_target` and `workflow_run` hand secrets to a fork's code.
 * - A secret or the token is in the environment of one step, by its name, and nowhere else: not in a job's, not in `with`, not as part of an expression.
 * - That step runs a target of the Makefile that installs nothing, or the script that comments. A step before it has installed, without secrets.
 * - No expression is in a script, where it would become code.
 * - A pull request's job gets no secret but the kubeconfig that reads, and no identity of a cloud. Where it gets the token it has checked out the base, and so runs nothing of the pull request.
 * - No job is of another file, and nothing is cached. The forge runs it, or the runner that a variable of the repository names: that one only where no pull request starts the workflow.
 */
export function problemsOf(workflow: unknown): readonly string[] {
    const { on, permissions, jobs } = schema.parse(workflow);
    const events = typeof on === "string" ? [on] : Array.isArray(on) ? on.map(String) : Object.keys(on ?? {});
    const isOfPullRequest = events.includes("pull_request");
    return [
        ...events.filter((event) => !knownEvents.has(event)).map((event) => `${event} may start it`),
        ...(permissions === undefined || typeof permissions === "string" ? ["it does not start from no permission"] : []),
        ...strings(workflow).flatMap(({ path, text }) => placeProblems(path, text)),
        ...Object.entries(jobs).flatMap(([name, job]) => jobProblems(name, job, isOfPullRequest)),
    ];
}

const knownEvents: ReadonlySet<string> = new Set(["pull_request", "push", "schedule", "workflow_dispatch"]);
const knownActions = ["actions/checkout@", "actions/upload-artifact@", "actions/download-artifact@"];
/** What a pull request's code may have: none of these opens a secret. */
const harmless: ReadonlySet<string> = new Set(["${{ secrets.KUBECONFIG_READ }}"]);

/** Secrets and the token, however they are spelled. */
const confidential = /\bsecrets\b|\bgithub\s*(?:\.\s*token|\[)|\bGITHUB_TOKEN\b|toJSON\s*\(\s*github\s*\)/i;
const oneSecret = /^\$\{\{ (?:secrets\.[A-Z_][A-Z0-9_]*|github\.token) \}\}$/;

function placeProblems(path: readonly string[], text: string): readonly string[] {
    const at = path.join(".");
    const [jobs, , steps, , key] = path;
    const inStepEnv = jobs === "jobs" && steps === "steps" && key === "env" && path.length === 6;
    const expressions = text.includes("${{") || path.at(-1) === "if" ? text : "";
    return [
        ...(confidential.test(expressions) && !(inStepEnv && oneSecret.test(text)) ? [`${at} holds a secret, and is not one of a step's own environment`] : []),
        ...(key === "run" && steps === "steps" && text.includes("${{") ? [`${at} has an expression, which becomes code`] : []),
    ];
}

function jobProblems(name: string, job: Job, isOfPullRequest: boolean): readonly string[] {
    const { steps, permissions } = job;
    const secretAt = (step: Step): readonly string[] =>
        Object.values(step.env ?? {})
            .filter((value) => typeof value === "string")
            .filter((value) => confidential.test(value));
    const withSecrets = steps.filter((step) => secretAt(step).length > 0);
    const installed = steps.findIndex(({ run }) => run === "make ci-install");
    return [
        ...(job.uses === undefined ? [] : [`${name} is of another file`]),
        ...(job["runs-on"]?.startsWith("ubuntu-") === true || (job["runs-on"] === ownRunner && !isOfPullRequest)
            ? []
            : [`${name} runs on ${job["runs-on"] ?? "no machine of the forge"}`]),
        ...(typeof permissions === "string" ? [`${name} has ${permissions}`] : []),
        ...steps.flatMap(({ uses = "" }) => (uses === "" || knownActions.some((known) => uses.startsWith(known)) ? [] : [`${name} uses ${uses}`])),
        ...withSecrets.flatMap((step) => stepProblems(name, step, installed !== -1 && installed < steps.indexOf(step))),
        ...(isOfPullRequest ? pullRequestProblems(name, job, withSecrets.flatMap(secretAt)) : []),
    ];
}

function stepProblems(name: string, { run, uses }: Step, isInstalled: boolean): readonly string[] {
    if (uses !== undefined || run === undefined) {
        return [`${name} hands a secret to an action`];
    }
    if (run.startsWith(".github/comment.sh ")) {
        return run.includes("\n") ? [`${name} runs more than the comment's script with the token`] : [];
    }
    return [
        ...(/^make ci-[a-z-]+$/.test(run.trim()) && run.trim() !== "make ci-install" ? [] : [`${name} runs '${run}' with a secret`]),
        ...(isInstalled ? [] : [`${name} has a secret before anything was installed`]),
    ];
}

function pullRequestProblems(name: string, { steps, permissions, if: condition = "" }: Job, secrets: readonly string[]): readonly string[] {
    const isToken = (secret: string): boolean => secret === "${{ github.token }}";
    const token = secrets.filter(isToken);
    const checkouts = steps.filter(({ uses = "" }) => uses.startsWith("actions/checkout@"));
    const runsBase = checkouts.every((step) => step.with?.ref === "${{ github.event.pull_request.base.sha }}") && checkouts.length > 0;
    const writes = typeof permissions === "object" ? Object.entries(permissions).filter(([, level]) => level === "write") : [];
    return [
        ...secrets.filter((secret) => !harmless.has(secret) && !isToken(secret)).map((secret) => `${name} hands ${secret} to a pull request`),
        ...(writes.some(([permission]) => permission !== "pull-requests") ? [`${name} lets a pull request write, or be known to a cloud`] : []),
        ...((token.length > 0 || writes.length > 0) && !runsBase ? [`${name} runs a pull request's code beside the token`] : []),
        ...(secrets.length > 0 && !condition.includes(sameRepository) ? [`${name} is not closed to forks`] : []),
    ];
}

export const sameRepository = "github.event.pull_request.head.repo.full_name == github.repository";

/** Every text in a value, keys included, with where it is. */
function strings(value: unknown, path: readonly string[] = []): readonly { readonly path: readonly string[]; readonly text: string }[] {
    if (typeof value === "string") {
        return [{ path, text: value }];
    }
    return typeof value === "object" && value !== null
        ? Object.entries(value).flatMap(([key, member]) => [...strings(key, [...path, "key"]), ...strings(member, [...path, key])])
        : [];
}
