-- The runners of a namespace have a role of their own, which reaches what is of its namespace. Whoever owns the tables is
-- not held to these policies.
CREATE TABLE smartconnector.namespace_role (namespace text PRIMARY KEY, role name NOT NULL UNIQUE);
CREATE TABLE smartconnector.shared_key (name text PRIMARY KEY, value bytea NOT NULL);
ALTER TABLE smartconnector.artifact_piece ADD COLUMN owner name NOT NULL DEFAULT current_user;
CREATE FUNCTION smartconnector.is_own(namespace text) RETURNS boolean LANGUAGE sql STABLE
  AS $$ SELECT EXISTS (SELECT FROM smartconnector.namespace_role r WHERE r.role = current_user AND r.namespace = $1) $$;
CREATE POLICY own_namespace ON smartconnector.execution USING (smartconnector.is_own(namespace));
CREATE POLICY own_namespace ON smartconnector.object USING (smartconnector.is_own(namespace));
CREATE POLICY own_namespace ON smartconnector.object_change USING (smartconnector.is_own(namespace));
CREATE POLICY own_namespace ON smartconnector.diff_baseline USING (smartconnector.is_own(namespace));
CREATE POLICY own_namespace ON smartconnector.artifact USING (smartconnector.is_own(namespace));
CREATE POLICY own_namespace ON smartconnector.validation USING (smartconnector.is_own(namespace));
CREATE POLICY own_execution ON smartconnector.chunk
  USING (EXISTS (SELECT FROM smartconnector.execution e WHERE e.id = execution_id));
CREATE POLICY own_execution ON smartconnector.outbox
  USING (EXISTS (SELECT FROM smartconnector.execution e WHERE e.id = execution_id));
CREATE POLICY own_artifact ON smartconnector.artifact_piece
  USING (owner = current_user OR EXISTS (SELECT FROM smartconnector.artifact a WHERE a.id = artifact))
  WITH CHECK (owner = current_user);
ALTER TABLE smartconnector.execution ENABLE ROW LEVEL SECURITY;
ALTER TABLE smartconnector.object ENABLE ROW LEVEL SECURITY;
ALTER TABLE smartconnector.object_change ENABLE ROW LEVEL SECURITY;
ALTER TABLE smartconnector.diff_baseline ENABLE ROW LEVEL SECURITY;
ALTER TABLE smartconnector.artifact ENABLE ROW LEVEL SECURITY;
ALTER TABLE smartconnector.validation ENABLE ROW LEVEL SECURITY;
ALTER TABLE smartconnector.chunk ENABLE ROW LEVEL SECURITY;
ALTER TABLE smartconnector.outbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE smartconnector.artifact_piece ENABLE ROW LEVEL SECURITY;
