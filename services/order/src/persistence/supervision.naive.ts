/**
 * Variant `supervisor-unfenced`: whoever believes that he leads may write. It forgets that a leader may have slept through the end
 * of its term; two of them work at once, and the older one undoes what the newer has decided.
 */
export const UNFENCED = `fence as materialized (select name, epoch from leader),
  acted as (
    update leader_terms t set acted_at = clock_timestamp() from fence f where t.name = f.name and t.epoch = f.epoch)`;
