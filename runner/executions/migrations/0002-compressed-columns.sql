-- Compressed already: the server need not try again.
ALTER TABLE smartconnector.chunk ALTER COLUMN outcomes SET STORAGE EXTERNAL, ALTER COLUMN row_states SET STORAGE EXTERNAL;
ALTER TABLE smartconnector.artifact_piece ALTER COLUMN content SET STORAGE EXTERNAL;
CREATE TABLE smartconnector.object_change (
  namespace text NOT NULL,
  object text NOT NULL,
  change bigint NOT NULL,
  PRIMARY KEY (namespace, object)
) WITH (fillfactor = 50);
