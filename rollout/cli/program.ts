import { access } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import type { PolicyJudge } from "../checklist/live/stack-resources.ts";
import type { ClusterNeeds } from "../doctor/needs.ts";
import type { Declared } from "../preflight/live/context.ts";
import type { ServiceProfile } from "../profile/profile.ts";
import type { ConfigParser } from "../settings/parse.ts";
import type { SecretKey } from "../settings/secrets.ts";
import type { RolloutSettings } from "../settings/settings.ts";
import { settingsParser } from "../settings/settings-parser.ts";

/** What the `rollout` command needs to know of the program whose stacks it acts on. */
export interface RolloutProgram<Settings extends RolloutSettings = RolloutSettings> {
    /** How the service is rolled out. */
    readonly profile: ServiceProfile;
    /** Reads the config of a stack, as the program itself does. */
    readonly parse: ConfigParser<Settings>;
    /** Where the password of `stores.postgres.adminUser` is. The preflight logs in with it. @default none: for a service without PostgreSQL */
    readonly postgresPassword?: SecretKey;
    /** Judges the program's policies, for boxes of the checklist that name a rule. @default such boxes stay open */
    readonly judgePolicies?: PolicyJudge;
    /** What the program declares, as far as the preflight looks for it. Called only when a preflight runs, with what `parse` gave. @default none: there is no preflight */
    declared?(settings: Settings): Promise<Declared>;
    /** What the program needs of a cluster, for `rollout doctor`. @default what `ProgressiveRollout` itself declares */
    needs?(settings: Settings): Promise<ClusterNeeds>;
}

/** File in the folder with Pulumi.yaml whose default export is a {@link RolloutProgram}. */
export const programFile = "rollout.config.ts";

/** A program as it is written: what it leaves out has a default. */
export type ProgramArgs<Settings extends RolloutSettings> = Omit<RolloutProgram<Settings>, "parse"> & {
    /** Reads the config of a stack. @default reads the keys that a rollout needs, and knows no others */
    readonly parse?: ConfigParser<Settings>;
};

/** A program with its defaults. It is the default export of `rollout.config.ts`. */
export function defineProgram<Settings extends RolloutSettings = RolloutSettings>(program: ProgramArgs<Settings>): RolloutProgram {
    return { ...program, parse: program.parse ?? settingsParser(program.profile) };
}

/**
 * The program in `folder`.
 *
 * @throws {Error} where there is none.
 */
export async function loadProgram(folder: string): Promise<RolloutProgram> {
    const path = resolve(join(folder, programFile));
    try {
        await access(path);
    } catch {
        throw new Error(`${path} can't be read. What to do: run the command in the program's folder, or name it with --cwd.`);
    }
    const { default: program } = (await import(pathToFileURL(path).href)) as { readonly default?: RolloutProgram };
    if (program === undefined) {
        throw new Error(`${path} has no default export. What to do: export what defineProgram gives as its default.`);
    }
    return program;
}
