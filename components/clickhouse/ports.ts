/** Ports of a ClickHouse server, without and with TLS: ClickHouse's usual ones. Where there is a certificate, the plain ones are closed. */
export const clickhousePorts = {
    plain: { http: 8123, native: 9000, interserver: 9009 },
    encrypted: { http: 8443, native: 9440, interserver: 9010 },
    /** Prometheus metrics, plain HTTP. */
    metrics: 9363,
} as const;

/** Ports of a ClickHouse Keeper. */
export const keeperPorts = {
    /** Clients, without TLS. */
    plain: 9181,
    /** Clients, with TLS. */
    encrypted: 9281,
    /** Keepers among themselves. */
    raft: 9234,
    /** Readiness over HTTP, for the kubelet alone. */
    control: 9182,
} as const;
