-- How many executions run in each namespace, so that the start of one costs the same however many others run. Triggers keep
-- it, so that it holds whichever release writes.
CREATE TABLE smartconnector.running_executions (
  namespace text NOT NULL,
  is_live boolean NOT NULL,
  executions integer NOT NULL,
  PRIMARY KEY (namespace, is_live)
);
CREATE FUNCTION smartconnector.count_running() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    DELETE FROM smartconnector.running_executions;
    RETURN NULL;
  END IF;
  IF TG_OP <> 'INSERT' AND OLD.state = 'Started' THEN
    UPDATE smartconnector.running_executions SET executions = executions - 1
    WHERE namespace = OLD.namespace AND is_live = (OLD.mode = 'Live');
  END IF;
  IF TG_OP <> 'DELETE' AND NEW.state = 'Started' THEN
    INSERT INTO smartconnector.running_executions AS r (namespace, is_live, executions)
    VALUES (NEW.namespace, NEW.mode = 'Live', 1)
    ON CONFLICT (namespace, is_live) DO UPDATE SET executions = r.executions + 1;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER count_changed AFTER UPDATE ON smartconnector.execution_request
  FOR EACH ROW WHEN ((OLD.state = 'Started') <> (NEW.state = 'Started')) EXECUTE FUNCTION smartconnector.count_running();
CREATE TRIGGER count_added AFTER INSERT ON smartconnector.execution_request
  FOR EACH ROW WHEN (NEW.state = 'Started') EXECUTE FUNCTION smartconnector.count_running();
CREATE TRIGGER count_removed AFTER DELETE ON smartconnector.execution_request
  FOR EACH ROW WHEN (OLD.state = 'Started') EXECUTE FUNCTION smartconnector.count_running();
CREATE TRIGGER count_emptied AFTER TRUNCATE ON smartconnector.execution_request
  FOR EACH STATEMENT EXECUTE FUNCTION smartconnector.count_running();
INSERT INTO smartconnector.running_executions (namespace, is_live, executions)
SELECT namespace, mode = 'Live', count(*) FROM smartconnector.execution_request WHERE state = 'Started' GROUP BY 1, 2;
