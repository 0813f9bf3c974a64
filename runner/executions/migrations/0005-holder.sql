ALTER TABLE smartconnector.execution ADD COLUMN holder text;
