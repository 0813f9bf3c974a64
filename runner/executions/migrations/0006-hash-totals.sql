ALTER TABLE smartconnector.diff_baseline ADD COLUMN hash_totals json;
