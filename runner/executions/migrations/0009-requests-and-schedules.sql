-- What the operator knows of an execution besides what its runner stores, and the ledger of schedules.
CREATE TABLE smartconnector.execution_request (
  uid text PRIMARY KEY,
  namespace text NOT NULL,
  connector text NOT NULL,
  connector_uid text,
  name text NOT NULL,
  mode text NOT NULL,
  trigger text NOT NULL,
  triggered_by text,
  scheduled_time timestamptz,
  sequence bigint GENERATED ALWAYS AS IDENTITY,
  state text NOT NULL,
  phase text NOT NULL,
  reason text NOT NULL,
  message text NOT NULL,
  script_hash text,
  attempts integer NOT NULL DEFAULT 0,
  job text,
  job_purpose text NOT NULL DEFAULT 'Run',
  not_before timestamptz,
  cancelled_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz
);
CREATE INDEX execution_request_open ON smartconnector.execution_request (namespace, connector, sequence)
  WHERE state <> 'Ended';
CREATE TABLE smartconnector.schedule (
  namespace text NOT NULL,
  connector text NOT NULL,
  schedule text NOT NULL,
  time_zone text NOT NULL,
  is_wanted boolean NOT NULL,
  handled_until timestamptz NOT NULL,
  PRIMARY KEY (namespace, connector)
);
CREATE TABLE smartconnector.schedule_slot (
  namespace text NOT NULL,
  connector text NOT NULL,
  slot timestamptz NOT NULL,
  state text NOT NULL,
  reason text NOT NULL,
  message text NOT NULL,
  execution text,
  decided_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (namespace, connector, slot)
);
CREATE INDEX schedule_slot_open ON smartconnector.schedule_slot (namespace, connector) WHERE state = 'Claimed';
