import { configParser } from "../rollout/settings/parse.ts";
import { imageRules, settingsRules } from "../rollout/settings/rules.ts";
import { variableName } from "../rollout/profile/variables.ts";
import { profile } from "../service/profile.ts";
import { stackSchema } from "./schema.ts";

/** Key of the PostgreSQL administrator's password, the only secret one. */
export const passwordKey = "postgresAdminPassword";
/** Where the lab's password comes from. */
export const labPasswordVariable = "NOVA_LAB_POSTGRES_PASSWORD";

/** What the stack config of this program is. */
export const stackForm = {
    schema: stackSchema,
    rules: [
        ...settingsRules,
        ...imageRules(["stores", "postgres", "migration", "image"]),
        ...Object.keys(stackSchema.shape.images.shape).flatMap((name) => imageRules(["images", name])),
    ],
    secrets: [{ key: passwordKey, labVariable: labPasswordVariable }],
    contextVariable: variableName(profile, "KUBECONTEXT"),
} as const;

/** Validates the stack config of this program: see {@link configParser}. */
export const parseConfig = configParser(stackForm);
