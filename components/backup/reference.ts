import { labelPrefix } from "../../service/label-keys.ts";

/**
 * Annotations that say which store a CronJob is the backup of, or the restore check. The policy pack looks for one of each for every store.
 *
 * A store is called by the component of its StatefulSet (`clickhouse`), or `postgres/<database>`.
 */
export const backupAnnotations = { backupOf: `${labelPrefix}/backup-of`, restoreCheckOf: `${labelPrefix}/restore-check-of` } as const;

/** Annotation of a store that needs no backup: it says why. */
export const withoutBackupAnnotation = `${labelPrefix}/without-backup`;
