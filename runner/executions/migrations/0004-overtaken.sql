ALTER TABLE smartconnector.execution ADD COLUMN overtaken boolean NOT NULL DEFAULT false;
