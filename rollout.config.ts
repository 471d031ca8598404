import { parseConfig, stackForm } from "./config/parse.ts";
import { profile } from "./service/profile.ts";
import { defineProgram } from "./rollout/cli/program.ts";

/** What the `rollout` command needs to know of this program. */
export default defineProgram({
    profile,
    parse: parseConfig,
    postgresPassword: stackForm.secrets[0],
    judgePolicies: async (question) => (await import("./config/stack-rules.ts")).judgedRules(question),
    declared: async (settings) => (await import("./config/declared.ts")).declaredBy(settings),
    needs: async (settings) => (await import("./config/cluster-needs.ts")).needsOf(settings),
});
