-- Up Migration

-- Trace and correlation of the request that placed the order, for what the saga does when nobody has asked: sagas of before have none.
alter table sagas add column cause json;

-- Down Migration

alter table sagas drop column cause;
