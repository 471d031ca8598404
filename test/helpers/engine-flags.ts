import type { StackChange } from "../../lab/trial/trial-stack.ts";
import { withdrawn } from "./live-rollout.ts";

/** A command of the engine at 25 %, and what comes of it. docs/engine-flags.md has the same rows, in words. */
export interface EngineFlag {
    /** Commands, one after the other. `<...>` stands for the URN of an object. */
    readonly command: string;
    /** What the stack's file says meanwhile. @default as it is deployed */
    readonly config?: "candidate taken out" | "candidate at 0 %" | "candidate at 50 %" | "another cluster";
    readonly outcome:
        /** The last command is refused with such a message, and nothing has changed. `preview`: its preview refuses too. */
        | { readonly kind: "refused"; readonly says: RegExp; readonly preview?: boolean }
        /** The last command succeeds, and nothing has changed. */
        | { readonly kind: "nothing" }
        /** The last command succeeds, and this is the candidate's weight. */
        | { readonly kind: "moved"; readonly percent: number };
}

const needed = /rollout refused: .* can't be deleted or replaced: the live route leads/;
const tooFew = /rollout refused: the autoscaler of .* can't go from/;
/** The order of the way back is another one than the state's, and the engine's --target gives up on that by itself, now and then before it comes to the guard. */
const orByEngine = (guard: RegExp) => new RegExp(`${guard.source}|Duplicate resource URN`);

/** Every flag and command that changes what is done, or in which order. */
export const engineFlags: readonly EngineFlag[] = [
    { command: "up --target-replace <stable Deployment>", outcome: { kind: "refused", says: needed, preview: true } },
    { command: "up --replace <stable Service>", outcome: { kind: "refused", says: needed, preview: true } },
    { command: "up --replace <candidate Deployment>", outcome: { kind: "refused", says: needed, preview: true } },
    { command: "up --replace <namespace>", outcome: { kind: "refused", says: needed, preview: true } },
    { command: "up --replace <route>", outcome: { kind: "refused", says: needed, preview: true } },
    { command: "up --replace <gate>", outcome: { kind: "refused", says: needed, preview: true } },
    { command: "up", config: "another cluster", outcome: { kind: "refused", says: /hook "users of .*" was not registered/, preview: true } },
    { command: "up --target <stable autoscaler>", config: "candidate taken out", outcome: { kind: "refused", says: orByEngine(tooFew), preview: true } },
    {
        command: "up --target <candidate Deployment> --target-dependents",
        config: "candidate taken out",
        outcome: { kind: "refused", says: orByEngine(needed), preview: true },
    },
    { command: "up --exclude <route>", config: "candidate taken out", outcome: { kind: "refused", says: tooFew, preview: true } },
    { command: "up --exclude <route> --continue-on-error", config: "candidate taken out", outcome: { kind: "refused", says: tooFew } },
    { command: "up --exclude <route> --exclude-dependents", config: "candidate taken out", outcome: { kind: "nothing" } },
    { command: "up --exclude <route>", config: "candidate at 0 %", outcome: { kind: "refused", says: tooFew, preview: true } },
    { command: "up --target <route>", config: "candidate at 50 %", outcome: { kind: "refused", says: /ready endpoints after .* The weight has not moved/ } },
    { command: "up --exclude <gate>", config: "candidate at 50 %", outcome: { kind: "moved", percent: 50 } },
    { command: "up --parallel 1", config: "candidate at 0 %", outcome: { kind: "moved", percent: 0 } },
    { command: "up --refresh", outcome: { kind: "nothing" } },
    { command: "up --refresh --run-program", outcome: { kind: "nothing" } },
    { command: "up --config rolloutPercent=100", outcome: { kind: "refused", says: /100 % is not the next step/, preview: true } },
    { command: "up --skip-config-validation", outcome: { kind: "nothing" } },
    { command: "refresh", outcome: { kind: "nothing" } },
    { command: "refresh --run-program", outcome: { kind: "nothing" } },
    { command: "refresh --target <route>", outcome: { kind: "nothing" } },
    { command: "refresh --exclude <route>", outcome: { kind: "nothing" } },
    { command: "destroy", outcome: { kind: "refused", says: /must run with the `--run-program` flag/ } },
    { command: "destroy --target <candidate Deployment> --target-dependents", outcome: { kind: "refused", says: /must run with the `--run-program` flag/ } },
    { command: "destroy --run-program", outcome: { kind: "refused", says: needed } },
    { command: "destroy --run-program --target <candidate Deployment> --target-dependents", outcome: { kind: "refused", says: needed } },
    { command: "destroy --run-program --exclude <route>", outcome: { kind: "refused", says: needed } },
    { command: "destroy --run-program --continue-on-error", outcome: { kind: "refused", says: needed } },
    { command: "destroy --run-program --ignore-protect", outcome: { kind: "refused", says: needed } },
    { command: "state delete <stable Deployment> --target-dependents, then up", outcome: { kind: "nothing" } },
    { command: "state delete <route>, then up", outcome: { kind: "nothing" } },
    { command: "state rename <stable Deployment> other, then up", outcome: { kind: "refused", says: needed, preview: true } },
    { command: "state rename <provider> other, then up", outcome: { kind: "refused", says: needed } },
    { command: "state taint <stable Deployment>, then up", outcome: { kind: "refused", says: needed, preview: true } },
    { command: "state unprotect --all, then up", outcome: { kind: "nothing" } },
    {
        command: "import kubernetes:core/v1:Service other <id of the stable Service> --provider kubernetes=<provider> --generate-code=false, then up",
        outcome: { kind: "refused", says: /cannot be deleted\s+because it is protected/ },
    },
];

/** The stack's file for a row; another cluster is a change inside a key. */
export const flagConfigs: Readonly<Record<Exclude<NonNullable<EngineFlag["config"]>, "another cluster">, StackChange>> = {
    "candidate taken out": withdrawn,
    "candidate at 0 %": { rolloutPercent: 0 },
    "candidate at 50 %": { rolloutPercent: 50 },
};
