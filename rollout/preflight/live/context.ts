import type { DeclaredTopic } from "../kafka/judge.ts";
import type { TrafficOutlook } from "../../gate/forecast.ts";
import type { AlertLabels } from "../alertmanager/judge.ts";
import type { Forge } from "../../forge/forge.ts";
import type { ApiServer } from "../../kubernetes/cluster-reader.ts";
import type { NotifierTest } from "../../announce/live/notifiers.ts";
import type { ServiceProfile } from "../../profile/profile.ts";
import type { RolloutSettings } from "../../settings/settings.ts";

/** Who logs in, and with what. */
export interface Login {
    readonly username: string;
    readonly password: string;
}

/** Where secrets come from. Each is read when it is needed, and undefined where there is none. */
export interface PreflightSecrets {
    /** Password of `stores.postgres.adminUser`. Where it is missing, {@link passwordPlaces} says how to give it. */
    postgresPassword(): Promise<string | undefined>;
    /** Where the password is looked for: a clause that follows 'set', as 'the key x in the stack config, or the variable Y'. */
    readonly passwordPlaces: string;
    /** Login at the brokers. Undefined: none, as the program's own provider has none. */
    kafkaLogin(): Promise<(Login & { readonly mechanism: "plain" | "scram-sha-256" | "scram-sha-512" }) | undefined>;
    /** Login at a registry, by its host. Undefined: anonymous. */
    registryLogin(host: string): Promise<Login | undefined>;
    /** PEM of the authority of the PostgreSQL server and the brokers. Undefined: those of Node. */
    storeAuthority(): Promise<string | undefined>;
}

/** What the program declares, as far as a preflight looks for it. */
export interface Declared {
    /** Path of a page that every revision answers, at which the preflight asks the gateway. @default "/" */
    readonly path?: string;
    /** Topics in Kafka. @default none */
    readonly topics?: readonly DeclaredTopic[];
    /** How many there must be at the least. @default 1 of each */
    readonly least?: { readonly passedTests: number; readonly alertRules: number };
    /** Names of every alert. */
    readonly alerts: readonly string[];
    /** Labels of each kind of alert that must reach a person: one for each severity. */
    readonly alertLabels: readonly AlertLabels[];
    /** Uids of every dashboard. */
    readonly dashboards: readonly string[];
    /** Databases and roles in PostgreSQL. @default none: only the server is looked at */
    readonly postgres?: { readonly databases: readonly string[]; readonly roles: readonly string[] };
    /** Copies and Sentinels that Redis must have, where this program runs it. @default none */
    readonly redis?: { readonly replicas: number; readonly sentinels: number };
    /** What ClickHouse must hold. It is looked at only where the program says this. */
    readonly clickhouse?: {
        readonly cluster: string;
        readonly database: string;
        readonly shards: number;
        readonly replicas: number;
        readonly migrations: readonly string[];
    };
    /** CronJobs that back up. @default none: there is no backup whose age could be checked */
    readonly backups?: readonly { readonly cronJob: string; readonly mostAgeHours: number }[];
    /** Secrets with certificates, and the host that each must be for. */
    readonly certificates: readonly { readonly namespace: string; readonly secret: string; readonly hostname: string }[];
    /** Folder with a page for each alert. */
    readonly runbookFolder: string;
}

/** What a preflight is about, and what it looks with. */
export interface PreflightContext {
    /** Plan and criteria of the service. */
    readonly profile: ServiceProfile;
    readonly config: RolloutSettings;
    /** Folder that paths of the config start from, in the repository of the release. */
    readonly folder: string;
    /** Commit of the release. @default `HEAD` */
    readonly commit?: string;
    readonly api: ApiServer;
    readonly declared: Declared;
    readonly secrets: PreflightSecrets;
    /** Asks the forge of the stack config of one of its repositories, by its path. If omitted, nothing says who reviewed a change. @throws where its token is not there. */
    readonly forge?: (repository: string) => Promise<Forge>;
    /** What users do, and what that comes to at each step. @throws where it can't be read. */
    readonly forecast: () => Promise<TrafficOutlook>;
    /** How many resources the engine's state of the stack has. @throws where it can't be read. */
    readonly resources: () => Promise<number>;
    /** Sends a test message by each notifier. If omitted, there is none. */
    readonly notifiers?: () => Promise<readonly NotifierTest[]>;
}
