-- What a cluster adds: the names of custom resources, files kept in PostgreSQL, validations.
ALTER TABLE smartconnector.execution
  ADD COLUMN name text, ADD COLUMN connector_uid text, ADD COLUMN input_artifact text, ADD COLUMN progress json;
CREATE TABLE smartconnector.artifact (
  id text PRIMARY KEY,
  namespace text NOT NULL,
  execution_id text,
  kind text NOT NULL,
  file_name text NOT NULL,
  bytes bigint NOT NULL DEFAULT 0,
  sha256 text,
  created_at timestamptz NOT NULL DEFAULT now(),
  complete boolean NOT NULL DEFAULT false
);
CREATE INDEX artifact_execution ON smartconnector.artifact (execution_id);
CREATE TABLE smartconnector.validation (
  id text PRIMARY KEY,
  namespace text NOT NULL,
  connector text NOT NULL,
  connector_uid text NOT NULL,
  script_hash text NOT NULL,
  environment_hash text NOT NULL,
  snapshot json NOT NULL,
  state text NOT NULL,
  faults json,
  created_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz
);
