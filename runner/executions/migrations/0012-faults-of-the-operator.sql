-- Which password the role of a namespace was given. Runners do not see it.
CREATE TABLE smartconnector.namespace_credential (namespace text PRIMARY KEY, fingerprint text NOT NULL);
-- Attempts that ended because the database was away do not count.
ALTER TABLE smartconnector.execution_request ADD COLUMN outages integer NOT NULL DEFAULT 0;
-- What people are to be told of a slot that did not run, until they were: an operator may die in between.
ALTER TABLE smartconnector.schedule_slot ADD COLUMN to_record text;
CREATE INDEX schedule_slot_unrecorded ON smartconnector.schedule_slot (namespace, connector) WHERE to_record IS NOT NULL;
