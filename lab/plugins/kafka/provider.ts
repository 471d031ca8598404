import { provider } from "../provider.ts";
import { acl } from "./acl.ts";
import { settings, withAdmin } from "./connection.ts";
import { quota } from "./quota.ts";
import { scramCredential } from "./scram-credential.ts";
import { topic } from "./topic.ts";

/** Stand-in for @pulumi/kafka. */
export const kafkaProvider = provider({
    name: "kafka",
    settings,
    secretSettings: ["saslPassword", "clientKey", "clientKeyPassphrase"],
    use: withAdmin,
    kinds: [topic, acl, quota, scramCredential],
});
