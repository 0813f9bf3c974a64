-- What the operator asks for with every look at an object: its cost must not grow with what has ended.
CREATE INDEX validation_connector ON smartconnector.validation (connector_uid, created_at DESC);
CREATE INDEX execution_open ON smartconnector.execution (connector_uid) WHERE ended_at IS NULL;
CREATE INDEX execution_request_name ON smartconnector.execution_request (namespace, name);
CREATE INDEX execution_request_state ON smartconnector.execution_request (state, namespace) WHERE state <> 'Ended';
