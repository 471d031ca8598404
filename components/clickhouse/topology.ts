import { labelPrefix } from "../../service/label-keys.ts";

/** Label of the pods of one shard: part of the selector of its StatefulSet. */
export const shardLabel = `${labelPrefix}/shard`;

/** Shards of a cluster: each holds half of the rows. */
export const shardCount = 2;
/** Copies of each shard. */
export const replicaCount = 2;
/** Keepers: two of three are a majority. */
export const keeperCount = 3;
/** Number of the first Keeper: ClickHouse counts server ids from 1. */
export const firstKeeper = 1;

/** Name of the cluster in ClickHouse's configuration: `ON CLUSTER '{cluster}'` stands for it. */
export const clusterName = "main";

/** Where the pods of a cluster are found. */
export interface ClickHouseDomains {
    /** Name of the component: prefix of every pod's name. */
    readonly name: string;
    /** Namespace that the pods are in. */
    readonly namespace: string;
}

/** Name of a shard's StatefulSet. */
export function shardName(name: string, shard: number): string {
    return `${name}-shard-${String(shard)}`;
}

/** Name of the Keepers' StatefulSet. */
export function keeperName(name: string): string {
    return `${name}-keeper`;
}

/** Name of the headless Service that gives the servers' pods their names. */
export function serverPodsName(name: string): string {
    return `${name}-pods`;
}

/** Name of the headless Service that gives the Keepers' pods their names. */
export function keeperPodsName(name: string): string {
    return `${name}-keeper-pods`;
}

/** Hosts of each shard's replicas. */
export function serverHosts({ name, namespace }: ClickHouseDomains): readonly (readonly string[])[] {
    return range(shardCount).map((shard) =>
        range(replicaCount).map((replica) => `${shardName(name, shard)}-${String(replica)}.${serverPodsName(name)}.${namespace}.svc`),
    );
}

/** Keepers with the id that each has among the others. */
export function keeperHosts({ name, namespace }: ClickHouseDomains): readonly { readonly id: number; readonly host: string }[] {
    return range(keeperCount).map((index) => {
        const id = firstKeeper + index;
        return { id, host: `${keeperName(name)}-${String(id)}.${keeperPodsName(name)}.${namespace}.svc` };
    });
}

/** 0 to `count` - 1. */
export function range(count: number): readonly number[] {
    return Array.from({ length: count }, (_, index) => index);
}
