-- What is removed when it has been kept long enough must be found by what refers to it.
CREATE INDEX execution_input ON smartconnector.execution (input_artifact) WHERE input_artifact IS NOT NULL;
