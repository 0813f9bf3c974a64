"""`dlt-load.py FILE URL DIRECTORY`: loads the file by dlt, in Arrow batches, merged by the code."""
import sys
import dlt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv

path, url, state = sys.argv[1:4]
TEXT = ["code", "first_name", "last_name", "email"]
TYPES = {name: pa.string() for name in TEXT} | {
    "amount": pa.decimal128(18, 2), "quantity": pa.int64(), "joined": pa.date32(),
    "seen_at": pa.timestamp("us", "UTC"), "is_active": pa.bool_(),
}

@dlt.resource(name="members", primary_key="code", write_disposition={"disposition": "merge", "strategy": "upsert"})
def members():
    options = csv.ConvertOptions(column_types=TYPES, strings_can_be_null=True, null_values=[""])
    for batch in csv.open_csv(path, convert_options=options, read_options=csv.ReadOptions(block_size=8 << 20)):
        names = [pc.utf8_trim_whitespace(pc.fill_null(batch[name], "")) for name in ("first_name", "last_name")]
        full_name = pc.utf8_trim_whitespace(pc.binary_join_element_wise(*names, " "))
        table = pa.table(batch).drop_columns(["first_name", "last_name"])
        yield table.append_column("full_name", full_name)

pipeline = dlt.pipeline("bench", destination=dlt.destinations.postgres(url), dataset_name="peer", pipelines_dir=state)
pipeline.run(members(), loader_file_format="csv")
