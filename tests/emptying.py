"""A database as its migrations left it: after each test that commits, in a few milliseconds.

Django empties with TRUNCATE, which makes every file of every table anew, and then lays the ground again. Here the
tables that were written to are emptied, and what stood in them at the start is put back, with its numbers.
"""

from django.db import connection

LARGE = 500_000  # bytes: a table that has grown beyond is made small again

REMEMBER = """
CREATE SCHEMA ground;
DO $$
DECLARE name text; filled boolean;
BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', name) INTO filled;
        IF filled THEN
            EXECUTE format('CREATE TABLE ground.%1$I AS TABLE public.%1$I', name);
        END IF;
    END LOOP;
END $$;
"""

# Whoever still writes is waited for, as TRUNCATE does. As a replica, neither references nor triggers hinder us.
EMPTY = """
DO $$
DECLARE name text; columns text; filled boolean;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename LOOP
        EXECUTE format('LOCK TABLE public.%I IN EXCLUSIVE MODE', name);
    END LOOP;
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('DELETE FROM public.%I', name);
    END LOOP;
    FOR name, columns IN
        SELECT ground.tablename, string_agg(quote_ident(attname), ', ')
        FROM pg_tables ground JOIN pg_attribute ON attrelid = format('public.%I', ground.tablename)::regclass
        WHERE ground.schemaname = 'ground' AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
        GROUP BY ground.tablename
    LOOP
        EXECUTE format('INSERT INTO public.%1$I (%2$s) SELECT %2$s FROM ground.%1$I', name, columns);
    END LOOP;
END $$;
"""

LARGE_ONES = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND pg_table_size(oid) > %s
"""


def remember() -> None:
    with connection.cursor() as cursor:
        cursor.execute(REMEMBER)


def empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute(EMPTY)
        cursor.execute(LARGE_ONES, [LARGE])
        for (name,) in cursor.fetchall():
            cursor.execute(f"VACUUM public.{connection.ops.quote_name(name)}")
