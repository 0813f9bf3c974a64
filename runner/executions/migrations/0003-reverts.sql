ALTER TABLE smartconnector.execution ADD COLUMN reverts text;
