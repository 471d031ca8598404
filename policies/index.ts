import { PolicyPack } from "@pulumi/policy";

import { authorVariable, environmentOf } from "./engine/environment.ts";
import { policiesOf } from "./engine/pack.ts";
import { rules } from "./rules/index.ts";

/** The pack: every rule as a policy of its own, judged by one engine. Nothing else may stand here, since the constructor starts the server. */
new PolicyPack("nova-delivery", {
    description: "Safe delivery on Kubernetes: pods, access, network, rollouts, data and alerts",
    policies: policiesOf(rules, { environment: environmentOf(process.env), nowMs: Date.now(), author: process.env[authorVariable] }),
});
