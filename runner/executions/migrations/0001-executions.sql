CREATE TABLE smartconnector.execution (
  id text PRIMARY KEY,
  namespace text NOT NULL,
  connector text NOT NULL,
  mode text NOT NULL,
  phase text NOT NULL,
  attempt integer NOT NULL DEFAULT 1,
  cancel_requested boolean NOT NULL DEFAULT false,
  diff_check boolean NOT NULL,
  chunk_rows integer NOT NULL,
  snapshot json NOT NULL,
  input_name text,
  triggered_by text,
  scheduled_time timestamptz,
  sequence bigint GENERATED ALWAYS AS IDENTITY,
  created_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz NOT NULL,
  ended_at timestamptz,
  intake json,
  scopes json,
  result json
);
CREATE INDEX execution_connector ON smartconnector.execution (namespace, connector, sequence);
CREATE TABLE smartconnector.object (
  namespace text NOT NULL,
  name text NOT NULL,
  model jsonb NOT NULL,
  PRIMARY KEY (namespace, name)
);
CREATE TABLE smartconnector.chunk (
  execution_id text NOT NULL REFERENCES smartconnector.execution (id),
  step integer NOT NULL,
  chunk integer NOT NULL,
  attempt integer NOT NULL,
  row_count integer NOT NULL,
  counts jsonb NOT NULL,
  warnings jsonb NOT NULL,
  row_states bytea NOT NULL,
  outcomes bytea NOT NULL,
  PRIMARY KEY (execution_id, step, chunk)
);
CREATE TABLE smartconnector.outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  execution_id text NOT NULL,
  type text NOT NULL,
  payload jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE smartconnector.diff_baseline (
  namespace text NOT NULL,
  connector text NOT NULL,
  scope text NOT NULL,
  signature text NOT NULL,
  folded_sequence bigint NOT NULL,
  artifact text NOT NULL,
  PRIMARY KEY (namespace, connector, scope)
);
CREATE TABLE smartconnector.artifact_piece (
  artifact text NOT NULL,
  piece integer NOT NULL,
  content bytea NOT NULL,
  PRIMARY KEY (artifact, piece)
);
