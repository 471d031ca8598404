/** Name of a service's database, and the beginning of its accounts' names: PostgreSQL and ClickHouse take it without quotes. */
export function databaseName(service: string): string {
    return service.replaceAll("-", "_");
}
