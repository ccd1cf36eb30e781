"""The database itself refuses to change a frozen evaluation plan, an amendment or an assessment."""

from django.db import migrations

TABLES = {
    "problems_evaluationplan": "OLD.frozen_at IS NOT NULL",
    "problems_amendment": "",
    "problems_assessment": "",
}


def add(apps, schema_editor):
    for table, when in TABLES.items():
        for statement in _statements(schema_editor.connection.vendor, table, when):
            schema_editor.execute(statement)


def remove(apps, schema_editor):
    on = {"sqlite": "", "postgresql": "ON {table}"}.get(schema_editor.connection.vendor)
    for table in TABLES:
        if on is not None:
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_frozen " + on.format(table=table))


def _statements(vendor, table, when):
    condition = f"WHEN ({when})" if when else ""
    if vendor == "sqlite":
        return [
            f"CREATE TRIGGER {table}_frozen BEFORE UPDATE ON {table} FOR EACH ROW {condition} "
            "BEGIN SELECT RAISE(ABORT, 'this record is frozen'); END"
        ]
    if vendor == "postgresql":
        return [
            "CREATE OR REPLACE FUNCTION forestall_frozen() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'this record is frozen' USING ERRCODE = 'integrity_constraint_violation'; "
            "END $$",
            f"CREATE TRIGGER {table}_frozen BEFORE UPDATE ON {table} FOR EACH ROW {condition} "
            "EXECUTE FUNCTION forestall_frozen()",
        ]
    return []


class Migration(migrations.Migration):
    dependencies = [("problems", "0001_initial")]
    operations = [migrations.RunPython(add, remove)]
