import { labelKeysOf } from "../rollout/route/label-keys.ts";

/** DNS subdomain before the `/` of every label and annotation of this program. */
export const labelPrefix = "nova.example.com";

/** Keys of the labels and annotations that the rollout's objects carry. */
export const labelKeys = labelKeysOf({ labelPrefix });
