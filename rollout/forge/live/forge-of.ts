import { defined } from "../../defined.ts";
import type { ForgeConfig } from "../../settings/forge.ts";
import { readSecret } from "../../settings/live/secret-source.ts";
import { type Forge, ForgeError } from "../forge.ts";
import type { ForgeLimits } from "./client.ts";
import { github } from "./github.ts";
import { gitlab } from "./gitlab.ts";

/**
 * The forge that a stack's config names. Its time limit begins now: make one for each decision.
 *
 * @throws {ForgeError} where the token that the config names is not there.
 */
export async function forgeOf(
    { kind, repository, url, tokenVariable }: ForgeConfig,
    variables: Readonly<Record<string, string | undefined>>,
    limits?: Partial<ForgeLimits>,
): Promise<Forge> {
    const secret = tokenVariable === undefined ? undefined : await readSecret({ variable: tokenVariable }, variables);
    if (secret?.kind === "missing") {
        throw new ForgeError(`there is no token for ${kind}: ${secret.reason}`);
    }
    const args = { repository, ...defined({ url, token: secret?.value, limits }) };
    return kind === "github" ? github(args) : gitlab(args);
}
